/** The integrity of what is installed: one hash over a package's files, or over a file of the user's own. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { PavlovError } from "../error.js";

/** The most files of a package: many times what a plugin has. */
const fileLimit = 20_000;

/**
 * The hash of a package as it lies on the disk, `sha256-…` in base 64 as in subresource integrity: of the path and the
 * bytes of each of its files, in the order of the paths. What is installed below it (`node_modules`) and files and
 * folders whose name begins with a dot are left out, and links are not followed. Two installs of one published version
 * have the same; a changed byte gives another.
 *
 * @throws PavlovError where there are more files than a package has.
 */
export async function packageIntegrity(folder: string): Promise<string> {
  const paths: string[] = [];
  await collect(folder, paths);
  const named = paths.map((path) => ({ path, name: relative(folder, path).split(sep).join("/") }));
  named.sort((a, b) => (a.name < b.name ? -1 : 1));
  return hashFiles(await Promise.all(named.map(async ({ path, name }) => ({ name, bytes: await readFile(path) }))));
}

/** The same hash of files that are in memory, in the order in which they are given. */
export function hashFiles(files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): string {
  const hash = createHash("sha256");
  for (const { name, bytes } of files) hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  return `sha256-${hash.digest("base64")}`;
}

async function collect(folder: string, paths: string[]): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await collect(path, paths);
    else if (entry.isFile()) paths.push(path);
    if (paths.length > fileLimit) {
      throw new PavlovError(
        `${folder} has more than ${fileLimit.toLocaleString("en")} files: it is no plugin's package.`,
      );
    }
  }
}
