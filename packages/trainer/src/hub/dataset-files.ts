/** Which files of a repository are a dataset's split: as its card says, or by the usual names, as `datasets` does it. */
import { nearest, PavlovError } from "@pavlov/core";
import type { RepositoryFile, Tree } from "./cache.js";
import type { CardConfig } from "./dataset-card.js";

/** What was chosen, and why where the user should know. */
export interface ChosenFiles {
  readonly config: string | null;
  readonly split: string;
  readonly files: readonly RepositoryFile[];
  readonly note?: string;
}

/** What to look for. */
export interface Choice {
  /** `org/name`, for messages. */
  readonly id: string;
  readonly config: string | undefined;
  /** The splits that will do, best first. */
  readonly splits: readonly string[];
}

/** Formats that are read, the one to prefer first. */
const FORMATS = [".parquet", ".jsonl", ".ndjson", ".json", ".csv", ".tsv"];
/** What a folder of data holds beside data. */
const NO_DATA = /(^|\/)(\.|(dataset_infos?|dataset_dict|state|config|metadata|package|croissant)\.json$)/;

/** Words in names of files and folders that say which split they hold. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  train: ["train", "training"],
  validation: ["validation", "valid", "val", "dev"],
  test: ["test", "testing", "eval", "evaluation"],
};

/**
 * The files of one split.
 * @throws PavlovError where the configuration or the split is not there, or has to be chosen; it lists what there is.
 */
export async function chooseFiles(tree: Tree, card: readonly CardConfig[], choice: Choice): Promise<ChosenFiles> {
  const data = [...tree.values()].filter(({ path }) => formatRank(path) >= 0 && !NO_DATA.test(path));
  const { name, splits, note } = card.length > 0 ? await cardSplits(card, data, choice) : namedSplits(data, choice);
  for (const split of choice.splits) {
    const files = preferredFormat(splits.get(split) ?? []);
    if (files.length > 0) return { config: name, split, files, ...(note === undefined ? {} : { note }) };
  }
  throw noSplit(
    [...splits.keys()].filter((split) => (splits.get(split) ?? []).length > 0),
    data,
    tree,
    choice,
  );
}

type Splits = ReadonlyMap<string, readonly RepositoryFile[]>;

interface NamedSplits {
  readonly name: string | null;
  readonly splits: Splits;
  readonly note?: string | undefined;
}

async function cardSplits(
  card: readonly CardConfig[],
  data: readonly RepositoryFile[],
  choice: Choice,
): Promise<NamedSplits> {
  const { picked, note } = pick(card, choice);
  const prefix = picked.folder === null || picked.folder === "" ? "" : `${picked.folder}/`;
  if (picked.splits === null) {
    const { splits } = namedSplits(
      data.filter(({ path }) => path.startsWith(prefix)),
      { ...choice, config: undefined },
    );
    return { name: picked.name, splits, note };
  }
  const { default: picomatch } = await import("picomatch");
  const splits = new Map<string, RepositoryFile[]>();
  for (const [split, patterns] of picked.splits) {
    const literal = new Set(patterns.map((pattern) => prefix + pattern));
    const matches = picomatch([...literal].map((pattern) => pattern.replace(/^\.?\//, "")));
    splits.set(
      split,
      data.filter(({ path }) => literal.has(path) || matches(path)),
    );
  }
  return { name: picked.name, splits, note };
}

/** The configuration that was asked for, else the card's default, the only one, or `main`. */
function pick(card: readonly CardConfig[], { id, config }: Choice): { picked: CardConfig; note?: string } {
  const named = (name: string): CardConfig | undefined => card.find((each) => each.name === name);
  if (config !== undefined) {
    const picked = named(config);
    if (picked) return { picked };
    throw noConfig(
      id,
      config,
      card.map(({ name }) => name),
    );
  }
  const usual =
    card.find(({ isDefault }) => isDefault) ?? named("default") ?? (card.length === 1 ? card[0] : undefined);
  if (usual) return { picked: usual };
  const main = named("main");
  if (main)
    return {
      picked: main,
      note: chosenNote(
        id,
        "main",
        card.map(({ name }) => name),
      ),
    };
  throw noConfig(
    id,
    undefined,
    card.map(({ name }) => name),
  );
}

function chosenNote(id: string, name: string, names: readonly string[]): string {
  return `${id} has the configurations ${shortList(names)}; taking ${name}. Another one: dataset: { path: ${id}, config: … }.`;
}

function noConfig(id: string, asked: string | undefined, names: readonly string[]): PavlovError {
  const meant = asked === undefined ? undefined : nearest(asked, names);
  const problem = asked === undefined ? "has several configurations" : `has no configuration ${asked}`;
  const hint =
    meant === undefined ? `Choose one: dataset: { path: ${id}, config: ${names[0] ?? ""} }.` : `Did you mean ${meant}?`;
  return new PavlovError(`The dataset ${id} ${problem}; it has: ${shortList(names)}.`, { hint });
}

/** Splits by names. Files of one split in several folders are several configurations, called as the folders. */
function namedSplits(data: readonly RepositoryFile[], choice: Choice): NamedSplits {
  const { id, config } = choice;
  if (config !== undefined) {
    const inside = data.filter(({ path }) => path.startsWith(`${config}/`));
    if (inside.length === 0) throw noConfig(id, config, foldersOf(data));
    return { name: config, splits: splitByNames(inside) };
  }
  const splits = splitByNames(data);
  const train = splits.get(choice.splits.find((split) => splits.has(split)) ?? "") ?? [];
  const folders = foldersOf(preferredFormat(train)).filter((folder) => !splitWord(folder));
  if (folders.length < 2) return { name: null, splits };
  const name = ["default", "main"].find((usual) => folders.includes(usual));
  if (name === undefined) throw noConfig(id, undefined, folders);
  const chosen = splitByNames(data.filter(({ path }) => path.startsWith(`${name}/`)));
  return { name, splits: chosen, note: chosenNote(id, name, folders) };
}

function foldersOf(files: readonly RepositoryFile[]): string[] {
  return [...new Set(files.flatMap(({ path }) => (path.includes("/") ? [path.slice(0, path.indexOf("/"))] : [])))];
}

/** By a word in the file's name, else in its folders; files that name no split at all are all for training. */
function splitByNames(data: readonly RepositoryFile[]): Splits {
  const splits = new Map<string, RepositoryFile[]>();
  const add = (split: string, file: RepositoryFile): void =>
    void splits.set(split, [...(splits.get(split) ?? []), file]);
  for (const file of data) {
    const parts = file.path.split("/");
    // `data/train-00000-of-00001.parquet` may name any split, not the usual ones alone.
    const sharded = /^([\w.]+)-\d{5}-of-\d{5}/.exec(parts.at(-1) ?? "")?.[1];
    const split =
      splitWord(parts.at(-1) ?? "") ?? parts.slice(0, -1).toReversed().map(splitWord).find(Boolean) ?? sharded;
    if (split) add(split, file);
  }
  if (splits.size === 0) for (const file of data) add("train", file);
  return splits;
}

function splitWord(name: string): string | undefined {
  const words = name.toLowerCase().split(/[^a-z]+/);
  return Object.keys(WORDS).find((split) => WORDS[split]?.some((word) => words.includes(word)));
}

function formatRank(path: string): number {
  return FORMATS.findIndex((extension) => path.toLowerCase().endsWith(extension));
}

/** Datasets that are there in several formats are read in one. */
function preferredFormat(files: readonly RepositoryFile[]): readonly RepositoryFile[] {
  const best = Math.min(...files.map(({ path }) => formatRank(path)));
  return files.filter(({ path }) => formatRank(path) === best).toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function noSplit(
  found: readonly string[],
  data: readonly RepositoryFile[],
  tree: Tree,
  { id, splits }: Choice,
): PavlovError {
  const asked = splits.join(" or ");
  if (data.length > 0) {
    const meant = splits[0] === undefined ? undefined : nearest(splits[0], found);
    const hint =
      meant === undefined ? `Name one: dataset: { path: ${id}, split: ${found[0] ?? ""} }.` : `Did you mean ${meant}?`;
    return new PavlovError(`The dataset ${id} has no split ${asked}; it has: ${shortList(found)}.`, { hint });
  }
  const loader = [...tree.keys()].find((path) => /^[^/]+\.py$/.test(path));
  const hint = loader
    ? `Its rows are made by a program (${loader}). The hub may have converted it: add revision: refs/convert/parquet.`
    : `It has: ${shortList([...tree.keys()])}.`;
  return new PavlovError(`The dataset ${id} has no files that can be read (${FORMATS.join(", ")}).`, { hint });
}

function shortList(names: readonly string[]): string {
  return names.length <= 8 ? names.join(", ") : `${names.slice(0, 7).join(", ")} and ${names.length - 7} more`;
}
