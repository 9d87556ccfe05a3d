/** What tools need that list, check and build plugins: `@pavlov/core/plugins`. No code of a plugin is run. */
export { hashFiles, packageIntegrity } from "./content-hash.js";
export { coreVersion } from "./core-version.js";
export { discoverPlugins, type Discovery } from "./discover-plugins.js";
export { findRewardFiles } from "./local-files.js";
export { readPackageFile, type PackageFile } from "./package-file.js";
export {
  formatProblem,
  isPluginPackage,
  pluginKeyword,
  pluginNamePattern,
  problemsOfNamespace,
  readPluginPackage,
  type DiscoveredPlugin,
  type PluginProblem,
} from "./plugin-package.js";
export { dependenciesOf, findPackage, findProject, type PackageFolder, type Project } from "./project.js";
export { manifestId, manifestSchema } from "../manifest/manifest-schema.js";
export { readManifest } from "../manifest/read-manifest.js";
export { importModule, type ModuleExports, resolvePackage } from "../registry/import-module.js";
export { importLocalFile } from "../registry/import-local-file.js";
export { importOrExplain } from "../registry/import-or-explain.js";
export { listRewards, type FoundReward } from "../registry/find-reward.js";
export { type LoadedPlugin, loadPlugin } from "../registry/load-plugin.js";
export { type LocalFile, readLocalFiles } from "../registry/local-imports.js";
export { parseReference, type Reference } from "../registry/reference.js";
export { otherProblems, suggestReference } from "../registry/unknown-name.js";
