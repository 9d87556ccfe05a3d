/** Finds files that were meant as fixtures and that nothing reads: of a misspelt name, place or kind, or of no reward. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { nearest } from "../nearest-name.js";
import { fixtureExtensions } from "./read-fixtures.js";

/** A file that no reward's fixtures are read from. */
export interface StrayFixtures {
  /** From the folder, with `/` between its parts: `fixtures/lenght.jsonl`. */
  readonly file: string;
  /** True where its name is nearly one that is read; false where it may be something else of its author's. */
  readonly isMisspelt: boolean;
  /** Why it is not read, to be read after the file's name. */
  readonly reason: string;
  /** What to do about it: a sentence. */
  readonly fix: string;
}

/** Kinds of files that hold rows as a rule, and are not read. */
const otherKinds = ["json", "ndjson", "jsonlines", "json5"];

/**
 * The files in `fixtures`, in the folders of rewards in `src`, and in the folder itself, that look like fixtures and are
 * none of the rewards'. Recordings of requests are looked at as well; what lies deeper is not.
 *
 * @param folder the root of a package or project
 * @param rewards names of all of its rewards
 */
export async function findStrayFixtures(folder: string, rewards: readonly string[]): Promise<readonly StrayFixtures[]> {
  const [root, proper, singular, ...own] = await Promise.all([
    filesIn(folder, "."),
    filesIn(folder, "fixtures"),
    filesIn(folder, "fixture"),
    ...rewards.map((name) => filesIn(folder, `src/${name}`)),
  ]);
  return [
    ...root.filter(isCalledFixtures).map((file) => elsewhere(file, rewards)),
    ...proper.flatMap((file) => inFixtures(file, rewards, proper) ?? []),
    ...singular.flatMap((file) => inSingular(file, rewards) ?? []),
    ...own.flat().flatMap((file) => besideReward(file) ?? []),
  ];
}

/** The parts of a path: `fixtures`, `length`, `jsonl`. */
interface Named {
  readonly folder: string;
  readonly stem: string;
  readonly extension: string;
  readonly path: string;
}

async function filesIn(root: string, folder: string): Promise<readonly Named[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isFile() && !entry.name.startsWith(".")).map(({ name }) => name);
  return names.toSorted().map((name) => {
    const dot = name.lastIndexOf(".");
    const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot + 1)] : [name, ""];
    return { folder, stem, extension, path: folder === "." ? name : `${folder}/${name}` };
  });
}

const isRead = (extension: string): boolean => fixtureExtensions.includes(extension);
const isRows = (extension: string): boolean =>
  fixtureExtensions.includes(extension.toLowerCase()) || otherKinds.includes(extension.toLowerCase());
const isCalledFixtures = ({ stem, extension }: Named): boolean => /^fixtures?$/i.test(stem) && isRows(extension);

/** The kind that the file's rows can be read as: JSON is YAML, and rows a line are JSON Lines. */
const kindFor = (extension: string): string =>
  isRead(extension.toLowerCase()) ? extension.toLowerCase() : extension === "json" ? "yaml" : "jsonl";

function elsewhere({ path, extension }: Named, rewards: readonly string[]): StrayFixtures {
  const [only = "<reward>"] = rewards.length === 1 ? rewards : [];
  return {
    file: path,
    isMisspelt: true,
    reason: "is not where fixtures are read from",
    fix: `Call it fixtures/${only}.${kindFor(extension)}.`,
  };
}

function inFixtures(file: Named, rewards: readonly string[], all: readonly Named[]): StrayFixtures | undefined {
  const { stem, extension, path } = file;
  const [, recorded] = extension === "json" ? (/^(.+)\.requests$/.exec(stem) ?? []) : [];
  const name = recorded ?? stem;
  const ending = recorded === undefined ? kindFor(extension) : "requests.json";
  if (rewards.includes(name)) {
    if (recorded !== undefined || isRead(extension) || !isRows(extension)) return undefined;
    // Beside fixtures that are read it is something else of the reward's.
    const hasFixtures = all.some((other) => other.stem === name && isRead(other.extension));
    if (hasFixtures && !isRead(extension.toLowerCase())) return undefined;
    return {
      file: path,
      isMisspelt: true,
      reason: `is of a kind that is not read (${fixtureExtensions.map((each) => `.${each}`).join(", ")} are)`,
      fix: `Call it fixtures/${name}.${ending}.`,
    };
  }
  if (recorded === undefined && !isRows(extension)) return undefined;
  if (isCalledFixtures(file)) return { ...elsewhere(file, rewards), reason: "is named after no reward" };
  const meant = nearest(name, rewards);
  // What else a test reads may lie there too, in kinds that are no fixtures.
  if (meant === undefined && recorded === undefined && !isRead(extension)) return undefined;
  const has = rewards.length === 0 ? "and there is none" : `which is not among ${rewards.join(", ")}`;
  const proper = all.find((other) => other.stem === meant && isRead(other.extension));
  return {
    file: path,
    isMisspelt: meant !== undefined,
    reason: `is for the reward "${name}", ${has}`,
    fix:
      meant === undefined
        ? `Remove it, or name it after its reward: fixtures/${rewards[0] ?? "<reward>"}.${ending}.`
        : proper && recorded === undefined
          ? `Move its rows into ${proper.path}.`
          : `Call it fixtures/${meant}.${ending}.`,
  };
}

function inSingular({ stem, extension, path }: Named, rewards: readonly string[]): StrayFixtures | undefined {
  const meant = isRows(extension) ? nearest(stem, rewards) : undefined;
  if (meant === undefined) return undefined;
  const fix = `Call it fixtures/${meant}.${kindFor(extension)}.`;
  return { file: path, isMisspelt: true, reason: "is not where fixtures are read from", fix };
}

function besideReward(file: Named): StrayFixtures | undefined {
  const { folder, stem, extension, path } = file;
  if (!isCalledFixtures(file) || (stem === "fixtures" && isRead(extension))) return undefined;
  const fix = `Call it ${folder}/fixtures.${kindFor(extension)}.`;
  return { file: path, isMisspelt: true, reason: "is not where fixtures are read from", fix };
}
