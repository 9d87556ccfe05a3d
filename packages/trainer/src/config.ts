/** The options of a training, without the trainer: checking a config loads no tensor library. */
export { configWarnings, grpoConfigSchema, leftOutReason } from "./grpo/config.js";
export type { GRPOConfig, GRPOConfigInput } from "./grpo/config.js";
export type { LoraConfig, LoraConfigInput } from "./grpo/config/lora-options.js";
export { checkEngineChoice, precisionProblem } from "./device/check-choice.js";
export { planBatches, type BatchPlan } from "./grpo/batch-arithmetic.js";
export { sftConfigSchema, type SFTConfig, type SFTConfigInput } from "./sft/config.js";
export { datasetId, readReference, type Reference } from "./hub/reference.js";
