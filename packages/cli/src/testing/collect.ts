/** Finds what `pavlov test` runs: rewards of a package, of a config or of files, and the fixture files of each. */
import { stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { PavlovError, suggestion, type Reward } from "@pavlov/core";
import { configNames } from "@pavlov/core/config";
import {
  findProject,
  findRewardFiles,
  importLocalFile,
  listRewards,
  pluginKeyword,
  readPackageFile,
} from "@pavlov/core/plugins";
import { findFixtures, findStrayFixtures, fixtureExtensions, type StrayFixtures } from "@pavlov/core/testing";
import { shownPath } from "../terminal/sections.js";
import { packageEntry } from "./package-entry.js";
import { isFile } from "../is-file.js";

/** A reward, and the files that say what it must give. */
export interface TestedReward {
  readonly reward: Reward;
  /** How a worker can import it, where it comes from a module. */
  readonly source?: { readonly module: string; readonly exportName: string };
  /** The reward's name, and where it comes from where others have the same. */
  readonly label: string;
  /** Absolute paths. */
  readonly fixtures: readonly string[];
  /** Where fixture files were looked for, as messages name it. */
  readonly home: string;
}

export interface Collected {
  readonly rewards: readonly TestedReward[];
  /** Names of built-in rewards, which are tested where they are made. */
  readonly builtIn: readonly string[];
  /** Files that look like fixtures and are no reward's. */
  readonly stray: readonly StrayFile[];
}

/** A file that was meant as fixtures, as far as its name and its place tell. */
export interface StrayFile extends StrayFixtures {
  /** As messages name it. */
  readonly shown: string;
}

interface Found {
  readonly reward: Reward;
  readonly source?: NonNullable<TestedReward["source"]>;
  /** The folder that the search for fixture files begins in. */
  readonly from: string;
  /** Another that they may belong to: the config's, or the working directory. */
  readonly beside: string;
}

/**
 * @param paths packages, configs, reward files (`./mine.ts#length`) and fixture files; none is the working directory
 * @throws PavlovError for a path with nothing to test.
 */
export async function collect(paths: readonly string[]): Promise<Collected> {
  const all: Collected[] = [];
  for (const path of paths.length === 0 ? ["."] : paths) all.push(await collectPath(path));
  const rewards = new Map<string, TestedReward>();
  for (const found of all.flatMap((one) => one.rewards)) {
    const key = `${found.source?.module} ${found.reward.name}`;
    const known = rewards.get(key);
    const fixtures = [...new Set([...(known?.fixtures ?? []), ...found.fixtures])];
    rewards.set(key, { ...found, fixtures });
  }
  return {
    rewards: [...rewards.values()].map(labelled),
    builtIn: [...new Set(all.flatMap(({ builtIn }) => builtIn))],
    stray: [...new Map(all.flatMap(({ stray }) => stray).map((file) => [file.shown, file])).values()],
  };
}

function labelled(tested: TestedReward, _: number, all: readonly TestedReward[]): TestedReward {
  const { reward, home } = tested;
  const isAlone = all.filter((other) => other.reward.name === reward.name).length === 1;
  return isAlone ? tested : { ...tested, label: `${reward.name} (${home})` };
}

async function collectPath(path: string): Promise<Collected> {
  const hash = path.lastIndexOf("#");
  const [file, name] = hash > 0 ? [path.slice(0, hash), path.slice(hash + 1)] : [path, undefined];
  const kind = await stat(file).catch(() => undefined);
  if (!kind) {
    throw new PavlovError(`There is no ${file} to test.`, {
      hint: "Name a package's folder, a config, a file of rewards (./mine.ts#length) or a file of fixtures.",
    });
  }
  const absolute = resolve(file);
  if (kind.isDirectory()) return collectFolder(absolute);
  if (basename(absolute) === "package.json") return collectFolder(dirname(absolute));
  if (isConfig(absolute)) return withFixtures(await rewardsOfConfig(absolute), dirname(absolute));
  if (/^\.[cm]?[jt]sx?$/.test(extname(absolute))) return withFixtures(await rewardsOfFile(absolute, name));
  if (fixtureExtensions.includes(extname(absolute).slice(1))) return collectFixtureFile(absolute);
  throw new PavlovError(`${file} is nothing that can be tested: it is no config, no file of rewards or of fixtures.`);
}

/** YAML is a config, unless it lies where fixtures do. */
function isConfig(path: string): boolean {
  if (configNames.includes(basename(path))) return true;
  const inFixtures = basename(dirname(path)) === "fixtures" || /^fixtures\.ya?ml$/.test(basename(path));
  return /\.(ya?ml|json)$/.test(path) && !inFixtures;
}

async function collectFolder(folder: string): Promise<Collected> {
  return withFixtures(await rewardsOfFolder(folder), folder, await isPlugin(folder));
}

async function isPlugin(folder: string): Promise<boolean> {
  const file = (await isFile(join(folder, "package.json"))) ? await readPackageFile(folder) : undefined;
  return file !== undefined && (file.pavlov !== undefined || file.keywords.includes(pluginKeyword));
}

async function rewardsOfFolder(folder: string): Promise<readonly Found[]> {
  if (await isPlugin(folder)) return rewardsOfPackage(folder);
  for (const name of configNames) {
    if (await isFile(join(folder, name))) return rewardsOfConfig(join(folder, name));
  }
  const files = await findRewardFiles(folder);
  if (files.length === 0) {
    throw new PavlovError(`There is nothing to test in ${shownPath(folder)}: no plugin's package, config or rewards.`, {
      hint: `A plugin's package.json has the keyword "${pluginKeyword}", a config is called pavlov.config.yaml, and files of rewards lie in rewards/.`,
    });
  }
  const found = await Promise.all(files.map((path) => rewardsOfFile(join(folder, path), undefined)));
  return found.flat();
}

async function rewardsOfPackage(folder: string): Promise<readonly Found[]> {
  const entry = await packageEntry(folder);
  return rewardsOfFile(entry, undefined);
}

async function rewardsOfFile(path: string, name: string | undefined): Promise<readonly Found[]> {
  const module = pathToFileURL(path).href;
  const shown = shownPath(path);
  const all = listRewards(await importLocalFile(module, shown));
  const wanted = all.filter(
    ({ exportName, reward }) => name === undefined || name === exportName || name === reward.name,
  );
  if (wanted.length === 0) {
    const names = all.map(({ exportName }) => exportName);
    const has = names.length === 0 ? "it exports none that is made with defineReward" : `it has ${names.join(", ")}`;
    const missing = name === undefined ? "no reward" : `no reward "${name}"`;
    throw new PavlovError(`${shown} exports ${missing}: ${has}.${name === undefined ? "" : suggestion(name, names)}`);
  }
  return wanted.map(({ exportName, reward }) => ({
    reward,
    source: { module, exportName },
    from: dirname(path),
    beside: process.cwd(),
  }));
}

async function rewardsOfConfig(path: string): Promise<readonly Found[]> {
  // Only who tests a config loads what it may name, the built-in rewards among it.
  const { openRewards, openScoringConfig } = await import("../load-run.js");
  const opened = await openScoringConfig(path, {});
  const { parts } = await openRewards(opened);
  return Object.values(parts).map(({ reward, source }) => {
    const { folder } = opened.loaded;
    const from = source?.module.startsWith("file:") ? dirname(fileURLToPath(source.module)) : folder;
    return { reward, ...(source && { source }), from, beside: folder };
  });
}

/**
 * @param home the folder whose fixtures are those of the rewards; where there is none, strays are not looked for
 * @param isPackage that all of its fixtures are: those of a project may be for rewards that a config does not name
 */
async function withFixtures(found: readonly Found[], home?: string, isPackage = false): Promise<Collected> {
  const own = import.meta.resolve("@pavlov/rewards");
  const isBuiltIn = ({ source }: Found): boolean => source?.module === own;
  const tested = found.filter((one) => !isBuiltIn(one));
  return {
    rewards: await Promise.all(tested.map(locate)),
    builtIn: found.filter(isBuiltIn).map(({ reward }) => reward.name),
    stray: home === undefined ? [] : await strayFiles(home, found, isPackage),
  };
}

async function strayFiles(home: string, found: readonly Found[], isPackage: boolean): Promise<readonly StrayFile[]> {
  const names = [...new Set(found.map(({ reward }) => reward.name))];
  const stray = await findStrayFixtures(home, names);
  const meant = stray.filter(({ isMisspelt }) => isPackage || isMisspelt);
  return meant.map((one) => ({ ...one, shown: shownPath(join(home, one.file)) }));
}

/** Fixtures lie in the folder of the reward's module or of the config, or in one above it, up to the package's root. */
async function locate({ from, beside, ...found }: Found): Promise<TestedReward> {
  const label = found.reward.name;
  let home = beside;
  for (const start of [from, beside]) {
    const [nearest] = await findProject(start);
    const root = nearest?.folder ?? start;
    for (let folder = start; ; folder = dirname(folder)) {
      const fixtures = await findFixtures(folder, found.reward.name);
      if (fixtures.length > 0) return { ...found, label, fixtures, home: shownPath(folder) };
      if (folder === root || folder === dirname(folder)) break;
    }
    if (start === from && nearest) home = root;
  }
  return { ...found, label, fixtures: [], home: shownPath(home) };
}

/** `fixtures/length.jsonl` and `src/length/fixtures.jsonl` are those of the reward `length` of the package or config. */
async function collectFixtureFile(path: string): Promise<Collected> {
  const stem = basename(path, extname(path));
  const name = stem === "fixtures" ? basename(dirname(path)) : stem;
  const found = await rewardsAround(dirname(path));
  const owners = found.filter(({ reward }) => reward.name === name);
  if (owners.length === 0) {
    const names = found.map(({ reward }) => reward.name);
    throw new PavlovError(
      `${shownPath(path)} is for the reward "${name}", which is not among those around it: ${names.join(", ") || "there are none"}.` +
        suggestion(name, names),
      { hint: "A fixture file has the name of its reward: fixtures/<reward>.jsonl." },
    );
  }
  return {
    rewards: owners.map(({ reward, source }) => ({
      reward,
      ...(source && { source }),
      label: reward.name,
      fixtures: [path],
      home: shownPath(dirname(path)),
    })),
    builtIn: [],
    stray: [],
  };
}

async function rewardsAround(folder: string): Promise<readonly Found[]> {
  const [nearest] = await findProject(folder);
  for (let current = folder; ; current = dirname(current)) {
    const isRoot = current === nearest?.folder || current === dirname(current);
    const configs = await Promise.all(configNames.map((name) => isFile(join(current, name))));
    if (isRoot || configs.includes(true)) return rewardsOfFolder(current);
  }
}
