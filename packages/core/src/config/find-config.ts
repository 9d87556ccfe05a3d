/** Finds the config file: the one that was named, or the usual names in a folder. */
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { PavlovError } from "../error.js";

/** The names that are looked for, in this order, where none is given. */
export const configNames: readonly string[] = ["yaml", "yml", "ts", "mts", "js", "mjs", "json"].map(
  (extension) => `pavlov.config.${extension}`,
);

/**
 * The absolute path of the config.
 *
 * @param path a file, or a folder that holds one; default `folder` itself
 * @param folder what a relative path is resolved against
 * @throws PavlovError that lists what was looked for.
 */
export async function findConfig(path: string | undefined, folder: string): Promise<string> {
  const target = resolve(folder, path ?? ".");
  const kind = await kindOf(target);
  if (kind === "file") return target;
  if (kind === undefined) {
    throw new PavlovError(`Config file ${path} does not exist (looked for ${target})`);
  }
  for (const name of configNames) {
    const candidate = join(target, name);
    if ((await kindOf(candidate)) === "file") return candidate;
  }
  throw new PavlovError(`No config file in ${target}: looked for ${configNames.join(", ")}`, {
    hint: "Name the config file, for example: pavlov train path/to/pavlov.config.yaml",
  });
}

async function kindOf(path: string): Promise<"file" | "folder" | undefined> {
  const entry = await stat(path).catch(() => undefined);
  if (entry === undefined) return undefined;
  return entry.isDirectory() ? "folder" : "file";
}
