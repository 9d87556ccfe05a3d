/** The YAML at the beginning of a dataset's README.md: which files belong to which configuration and split. */
import { PavlovError } from "@pavlov/core";

/** A configuration (a subset) of a dataset, as its card declares it. */
export interface CardConfig {
  readonly name: string;
  readonly isDefault: boolean;
  /** Glob patterns of each split; null where only the folder is given. */
  readonly splits: ReadonlyMap<string, readonly string[]> | null;
  /** The folder that holds the files. */
  readonly folder: string | null;
}

/**
 * The configurations of a card; none where it declares none.
 * @throws PavlovError where the YAML cannot be read.
 */
export async function readCard(markdown: string, id: string): Promise<readonly CardConfig[]> {
  const header = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---\s*(?:\r?\n|$)/.exec(markdown)?.[1];
  if (header === undefined) return [];
  const { parse } = await import("yaml");
  let card: unknown;
  try {
    card = parse(header, { prettyErrors: false });
  } catch (cause) {
    throw new PavlovError(`The card of the dataset ${id} (README.md) begins with YAML that cannot be read.`, { cause });
  }
  const configs = isObject(card) ? card["configs"] : undefined;
  if (!Array.isArray(configs)) return [];
  return configs.filter(isObject).map((config): CardConfig => {
    const { config_name: name, data_files: files, data_dir: folder } = config;
    return {
      name: typeof name === "string" ? name : "default",
      isDefault: config["default"] === true,
      splits: files === undefined ? null : splitsOf(files),
      folder: typeof folder === "string" ? folder.replace(/^\.?\/+|\/+$/g, "") : null,
    };
  });
}

/** `data_files` is one pattern or a list of them (the split train), a map of splits, or a list of `{split, path}`. */
function splitsOf(files: unknown): ReadonlyMap<string, readonly string[]> {
  const splits = new Map<string, readonly string[]>();
  const add = (split: string, paths: unknown): void => {
    const list = (Array.isArray(paths) ? paths : [paths]).filter((path) => typeof path === "string");
    splits.set(split, [...(splits.get(split) ?? []), ...list]);
  };
  if (isObject(files)) for (const [split, paths] of Object.entries(files)) add(split, paths);
  else {
    for (const entry of Array.isArray(files) ? files : [files]) {
      if (isObject(entry)) add(String(entry["split"] ?? "train"), entry["path"]);
      else add("train", entry);
    }
  }
  return splits;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
