/** What a text in a config names: a folder of this machine, or a repository of the hub. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";

/** The reading of a reference. */
export type Reference =
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "id"; readonly id: string; readonly path: string }
  /** There is nothing at the path, and no repository can have the name. */
  | { readonly kind: "nothing"; readonly path: string };

/**
 * What is there is taken as it is; `./x`, `../x`, `~/x` and absolute paths are never ids; `org/name` and `name` are.
 * @param base the folder that relative paths are resolved against
 */
export async function readReference(reference: string, base: string): Promise<Reference> {
  const path = resolve(base, reference);
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return { kind: "folder", path };
  if (found) return { kind: "file", path };
  return isRepositoryId(reference) ? { kind: "id", id: reference, path } : { kind: "nothing", path };
}

/** Names as the hub allows them: letters, digits, `-`, `_` and `.`, at most 96 characters, one `/` at most. */
function isRepositoryId(text: string): boolean {
  if (text.length > 96 || /--|\.\.|\.git$/.test(text)) return false;
  return /^[A-Za-z0-9_](?:[\w.-]*\w)?(?:\/[A-Za-z0-9_](?:[\w.-]*\w)?)?$/.test(text);
}

/** A path of this machine, whether there is something or not: a glob, or a name that ends as data does. */
const FILE = /[*?{}[\]]|\.(jsonl|ndjson|json|csv|tsv|parquet|txt)$/i;

/** The id of a dataset on the hub; null for files: what exists, a list, a glob, or a name with an extension of data. */
export async function datasetId(path: string | readonly string[], base: string): Promise<string | null> {
  if (typeof path !== "string" || FILE.test(path)) return null;
  const read = await readReference(path, base);
  return read.kind === "id" ? read.id : null;
}
