/** A package that the trainer would import: where it lies and its version. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname } from "node:path";

export interface InstalledPackage {
  readonly folder: string;
  readonly version: string;
}

/** Null where it is not installed. Nothing of it is loaded. */
export async function installedPackage(name: string): Promise<InstalledPackage | null> {
  let path: string;
  try {
    path = createRequire(import.meta.url).resolve(`${name}/package.json`);
  } catch {
    return null;
  }
  const { version } = JSON.parse(await readFile(path, "utf8")) as { readonly version: string };
  return { folder: dirname(path), version };
}
