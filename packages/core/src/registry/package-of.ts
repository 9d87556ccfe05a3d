/** Which version of a package a module belongs to. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The name and version of the nearest package.json above `module` with this name. */
export async function readPackageOf(
  module: string,
  name: string,
): Promise<{ readonly name: string; readonly version: string } | undefined> {
  if (!module.startsWith("file:")) return undefined;
  let folder = dirname(fileURLToPath(module));
  for (;;) {
    const found = await readVersion(join(folder, "package.json"), name);
    if (found !== undefined) return { name, version: found };
    const parent = dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
}

async function readVersion(path: string, name: string): Promise<string | undefined> {
  try {
    const found = JSON.parse(await readFile(path, "utf8")) as { name?: unknown; version?: unknown };
    return found.name === name && typeof found.version === "string" ? found.version : undefined;
  } catch {
    // No package.json here, or one without meaning (some folders hold only { "type": "commonjs" }).
    return undefined;
  }
}
