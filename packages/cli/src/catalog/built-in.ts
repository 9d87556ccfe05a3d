/** The built-in rewards as their package's manifest says them, so that they are listed without being loaded. */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { readManifest, readPackageFile } from "@pavlov/core/plugins";
import type { CatalogPlugin } from "./catalog.js";

const name = "@pavlov/rewards";

/** The plugin of `@pavlov/rewards`. Its rewards are loaded only where the package has no manifest: it was not built. */
export async function builtInPlugin(): Promise<CatalogPlugin> {
  const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  const { version = "0.0.0", pavlov } = await readPackageFile(folder);
  const manifest = await readManifest(folder, String(pavlov?.manifest)).catch(() => describe(version));
  return { package: { name, version }, folder, isBuiltIn: true, manifest };
}

async function describe(version: string) {
  const [{ describePlugin }, { default: plugin }] = await Promise.all([
    import("@pavlov/core"),
    import("@pavlov/rewards"),
  ]);
  return describePlugin(plugin, { version });
}
