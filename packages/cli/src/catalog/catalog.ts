/** What rewards there are for a project: built in, of its plugins, and files of its own. Nothing of theirs is run. */
import { resolve } from "node:path";
import type { PluginManifest, RewardManifest } from "@pavlov/core";
import { discoverPlugins, findRewardFiles, type PluginProblem } from "@pavlov/core/plugins";
import { builtInPlugin } from "./built-in.js";

/** A plugin that can be used, by its manifest. */
export interface CatalogPlugin {
  readonly package: { readonly name: string; readonly version: string };
  /** Absolute path of the package. */
  readonly folder: string;
  /** True for the rewards that come with Pavlov. */
  readonly isBuiltIn: boolean;
  readonly manifest: PluginManifest;
}

export interface Catalog {
  /** The folder of the project's package.json, where there is one. */
  readonly project: string | undefined;
  /** The built-in one first, then by namespace. */
  readonly plugins: readonly CatalogPlugin[];
  /** Plugins that are installed and cannot be used. */
  readonly problems: readonly PluginProblem[];
}

/** One reward of a plugin under the name that a config uses: `math`, `sql/executes`. */
export interface CatalogReward {
  readonly use: string;
  readonly plugin: CatalogPlugin;
  readonly manifest: RewardManifest;
}

/**
 * The plugins for the project around a folder.
 *
 * @throws PavlovError where the project's package.json is no JSON.
 */
export async function openCatalog(folder: string): Promise<Catalog> {
  const [{ project, plugins, problems }, builtIn] = await Promise.all([discoverPlugins(folder), builtInPlugin()]);
  const installed = plugins.map((plugin): CatalogPlugin => ({ ...plugin, isBuiltIn: false }));
  return { project, plugins: [builtIn, ...installed], problems };
}

/** Paths such as `./rewards/mine.ts`, relative to `folder`, of the files there that define rewards. */
export function localRewardFiles(folder: string): Promise<readonly string[]> {
  return findRewardFiles(resolve(folder));
}

/** The rewards of a plugin, in its own order. */
export function rewardsOf(plugin: CatalogPlugin): readonly CatalogReward[] {
  return Object.entries(plugin.manifest.rewards).map(([name, manifest]) => ({
    use: fullName(plugin, name),
    plugin,
    manifest,
  }));
}

/** How a config names a reward or a preset of a plugin; the namespace of the built-in one is left out. */
export function fullName({ isBuiltIn, manifest: { namespace } }: CatalogPlugin, name: string): string {
  return isBuiltIn ? name : `${namespace}/${name}`;
}
