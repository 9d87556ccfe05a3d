/** The rewards of a project's own file. It is imported, since its user asked for it by name. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  definePlugin,
  describePlugin,
  identifySource,
  PavlovError,
  suggestion,
  type Reward,
  type RewardManifest,
} from "@pavlov/core";
import { importLocalFile, listRewards, type FoundReward } from "@pavlov/core/plugins";
import { isFile } from "../is-file.js";

/** One reward of a file. */
export interface FileReward {
  /** What a config names it by: `./rewards/mine.ts#length`. */
  readonly use: string;
  readonly manifest: RewardManifest;
}

/** A file with rewards. */
export interface RewardFile {
  /** As it was given. */
  readonly path: string;
  /** Absolute. */
  readonly location: string;
  readonly integrity: string | undefined;
  readonly rewards: readonly FileReward[];
}

/**
 * Reads the rewards that a file exports.
 *
 * @param path relative to the working directory
 * @param name of an export or a reward, where one alone is asked for
 * @throws PavlovError where the file is not there, cannot be imported, or has no such reward.
 */
export async function readRewardFile(path: string, name: string | undefined): Promise<RewardFile> {
  const location = resolve(path);
  if (!(await isFile(location))) {
    throw new PavlovError(`The file ${path} does not exist: it was looked for at ${location}.`, {
      hint: "Paths are relative to the working directory; pavlov list shows the files that define rewards.",
    });
  }
  const module = pathToFileURL(location).href;
  const all = listRewards(await importLocalFile(module, path));
  if (all.length === 0) {
    throw new PavlovError(`${path} exports no reward.`, { hint: "Export one that is made with defineReward." });
  }
  const found = name === undefined ? all : all.filter((one) => one.exportName === name || one.reward.name === name);
  if (found.length === 0) {
    const names = all.map(({ exportName }) => exportName);
    throw new PavlovError(
      `${path} exports no reward "${name}": it has ${names.join(", ")}.${suggestion(String(name), names)}`,
    );
  }
  const identity = await identifySource({ module });
  const shown = /^[./\\]|^[A-Za-z]:/.test(path) ? path : `./${path}`;
  const rewards = found.map(({ exportName, reward }: FoundReward): FileReward => ({
    use: all.length === 1 ? shown : `${shown}#${exportName}`,
    manifest: describe(reward),
  }));
  return { path, location, integrity: identity?.integrity, rewards };
}

function describe(reward: Reward): RewardManifest {
  const plugin = definePlugin({ namespace: "file", rewards: { [reward.name]: reward } });
  const manifest = describePlugin(plugin).rewards[reward.name];
  if (manifest === undefined) throw new Error(`${reward.name} is not described.`);
  return manifest;
}
