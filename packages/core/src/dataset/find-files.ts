/** Turns a dataset's path, which may be a glob or a list of them, into files. */
import { stat } from "node:fs/promises";
import { isAbsolute, relative, resolve } from "node:path";
import { PavlovError } from "../error.js";
import type { SourceFile } from "./raw-row.js";

/**
 * The files that the paths name, in the order of the paths and sorted within a glob, each once.
 * A path that exists is taken literally, glob characters or not.
 *
 * @param base the folder that relative paths are resolved against
 * @throws PavlovError when a path names no file.
 */
export async function findFiles(paths: readonly string[], base: string): Promise<readonly SourceFile[]> {
  const found = new Set<string>();
  for (const path of paths) {
    const absolute = resolve(base, path);
    const entry = await stat(absolute).catch(() => undefined);
    if (entry?.isFile()) {
      found.add(absolute);
      continue;
    }
    if (entry?.isDirectory()) {
      throw new PavlovError(
        `Dataset ${path} is a folder; name its files, for example ${path.replace(/\/$/, "")}/*.jsonl`,
      );
    }
    const { default: glob } = await import("fast-glob");
    const pattern = path.replaceAll("\\", "/");
    if (!glob.isDynamicPattern(pattern)) {
      throw new PavlovError(`Dataset ${path} does not exist (looked for ${absolute})`);
    }
    const matches = await glob(pattern, { cwd: base, absolute: true });
    if (matches.length === 0) throw new PavlovError(`No file matches the dataset's path ${path} (looked in ${base})`);
    for (const match of matches.sort()) found.add(resolve(match));
  }
  return [...found].map((path) => ({ path, name: displayName(path) }));
}

/** A path as messages show it: relative to the working directory where it lies inside. */
export function displayName(path: string): string {
  const inside = relative(process.cwd(), path);
  return inside === "" || inside.startsWith("..") || isAbsolute(inside) ? path : inside;
}
