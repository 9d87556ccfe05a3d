/** Imports an installed plugin's package, where one of its rewards is used, and holds it to its manifest. */
import { join } from "node:path";
import type { DiscoveredPlugin } from "../discovery/plugin-package.js";
import { apiVersionError } from "../manifest/read-manifest.js";
import { PavlovError } from "../error.js";
import { isPlugin, type Plugin, pluginApiVersion } from "../plugin.js";
import { importOrExplain } from "./import-or-explain.js";
import { resolvePackage } from "./import-module.js";

/** A plugin that is in memory, and the module that it came from. */
export interface LoadedPlugin {
  readonly plugin: Plugin;
  /** URL of the module. */
  readonly module: string;
}

/**
 * The plugin that a package exports.
 *
 * @throws PavlovError that names the package, what is wrong and what to do.
 */
export async function loadPlugin({
  package: { name, version },
  from,
  manifest,
}: DiscoveredPlugin): Promise<LoadedPlugin> {
  const shown = `${name}@${version}`;
  const module = await resolvePackage(name, join(from, "package.json"));
  if (module === undefined) {
    throw new PavlovError(`${shown} has no module to import: its "exports" lead nowhere.`, {
      hint: `Install it again (npm install ${name}), or ask its author whether the package was built.`,
    });
  }
  const { default: main } = await importOrExplain(module, shown);
  if (!isPlugin(main)) {
    const given = main === undefined ? "has no default export" : `exports by default ${describe(main)}`;
    throw new PavlovError(`${shown} ${given}, where a plugin must be.`, {
      hint: "Its author writes: export default definePlugin({ namespace, rewards }).",
    });
  }
  if (main.apiVersion !== pluginApiVersion) {
    const error = apiVersionError(main.apiVersion);
    throw new PavlovError(`${shown}: ${error.message}.`, { hint: error.hint });
  }
  const missing = Object.keys(manifest.rewards).filter((reward) => !Object.hasOwn(main.rewards, reward));
  if (main.namespace !== manifest.namespace || missing.length > 0) {
    const difference =
      main.namespace === manifest.namespace
        ? `it promises the reward "${missing[0]}", which the code does not have`
        : `it says "${manifest.namespace}", and the code has the namespace "${main.namespace}"`;
    throw new PavlovError(`The manifest of ${shown} is not that of its code: ${difference}.`, {
      hint: "Its author runs pavlov plugin build before publishing.",
    });
  }
  return { plugin: main, module };
}

function describe(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? "an object that definePlugin did not make" : `a ${typeof value}`;
}
