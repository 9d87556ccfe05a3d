/**
 * Config files: `@pavlov/core/config`. Apart from the package's index, since it needs zod and a YAML parser, which no
 * reward and no worker should pay for.
 */
export { composeFromConfig } from "./compose-from-config.js";
export type { LocateReward, ResolvedReward, ResolveReward, RewardsOfConfig } from "./compose-from-config.js";
export { isPath, resolveConfigPaths, type ConfigWithPaths } from "./config-paths.js";
export type { ConfigPart, ConfigPath } from "./document.js";
export { configNames } from "./find-config.js";
export { loadConfig, type ConfigErrorOptions, type LoadConfigOptions, type LoadedConfig } from "./load-config.js";
export { printConfig } from "./print-config.js";
export type { RewardInCode } from "./rewards-in-code.js";
export { combineSchema, datasetSchema, rewardsSchema, rewardUseSchema } from "./schemas.js";
export type { DatasetConfig, RewardsConfig, RewardUseConfig } from "./schemas.js";
