/** Makes packages with rewards for Pavlov. The command is `npm create pavlov-reward`. */
export { CreateError } from "./create-error.js";
export { createPlugin, type CreatedPlugin } from "./create-plugin.js";
export type { PluginNames } from "./names.js";
export { installProblem, nextSteps } from "./next-steps.js";
export { install, packageManager, type InstallOutcome, type PackageManager } from "./package-manager.js";
