/** Makes packages with rewards for Pavlov. The command is `npm create pavlov-reward`. */
export { CreateError } from "./create-error.js";
export { createPlugin, type CreatedPlugin } from "./create-plugin.js";
export type { PluginNames } from "./names.js";
export { nextSteps } from "./next-steps.js";
export { install, packageManager, type PackageManager } from "./package-manager.js";
