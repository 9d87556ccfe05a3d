/**
 * Where a reward comes from that a config in code imported itself: a plugin, or a file of the user's own. So it is locked,
 * cached and run in workers as one that is named is.
 */
import { pathToFileURL } from "node:url";
import type { Plugin } from "../plugin.js";
import type { Reward } from "../reward.js";
import { listRewards } from "./find-reward.js";
import { importModule } from "./import-module.js";
import { readLocalFiles } from "./local-imports.js";

/** A plugin that the reward may be of. */
export interface KnownSource {
  readonly rewards: readonly string[];
  readonly package: { readonly name: string; readonly version: string } | undefined;
  load(): Promise<{ readonly plugin: Plugin; readonly module: string | undefined }>;
}

/** How a worker can import a reward. */
export interface RewardPlace {
  readonly module: string;
  readonly exportName: string;
}

/** Text that a file has which defines a reward. */
const definition = /\b(?:defineReward|definePlugin|compose)\s*\(/;

/**
 * The module and export that are this very reward. Only what the config imports is looked at, and is in memory already.
 *
 * @param config URL of the config's file
 */
export async function locateReward(
  reward: Reward,
  config: string,
  plugins: readonly KnownSource[],
): Promise<RewardPlace | undefined> {
  const files = await readLocalFiles(config);
  const texts = files.map(({ bytes }) => bytes.toString());
  for (const known of plugins) {
    if (!known.rewards.includes(reward.name)) continue;
    if (known.package !== undefined && !texts.some((text) => imports(text, known.package?.name ?? ""))) continue;
    const { plugin, module } = await known.load();
    if (module !== undefined && plugin.rewards[reward.name] === reward) return { module, exportName: reward.name };
  }
  // The config itself is the first.
  for (const [index, { path }] of files.entries()) {
    if (index === 0 || !definition.test(texts[index] ?? "")) continue;
    const module = pathToFileURL(path).href;
    const found = listRewards(await importModule(module)).find((one) => one.reward === reward);
    if (found) return { module, exportName: found.exportName };
  }
  return undefined;
}

function imports(text: string, name: string): boolean {
  return [`"${name}"`, `'${name}'`, `"${name}/`, `'${name}/`].some((specifier) => text.includes(specifier));
}
