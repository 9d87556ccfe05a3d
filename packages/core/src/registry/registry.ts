/** `createRegistry`: the plugins known to a process, and what a reference to a reward means among them. */
import { stat } from "node:fs/promises";
import { resolve as resolvePath } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { discoverPlugins } from "../discovery/discover-plugins.js";
import type { DiscoveredPlugin, PluginProblem } from "../discovery/plugin-package.js";
import { PavlovError } from "../error.js";
import { suggestion } from "../nearest-name.js";
import { builtInNamespace, isPlugin, type Plugin, pluginApiVersion, type PresetUse } from "../plugin.js";
import type { Reward } from "../reward.js";
import { findReward, listRewards } from "./find-reward.js";
import type { ModuleExports } from "./import-module.js";
import { importLocalFile } from "./import-local-file.js";
import { importPackage } from "./import-package.js";
import { loadPlugin } from "./load-plugin.js";
import { locateReward } from "./locate-reward.js";
import { parseReference } from "./reference.js";
import { otherProblems, suggestReference, unusableNamespace } from "./unknown-name.js";

export interface PackageIdentity {
  readonly name: string;
  readonly version: string;
}

/** A plugin and where it came from. */
export interface InstalledPlugin {
  readonly plugin: Plugin;
  /** URL of the module that exports the plugin or its rewards; without it they cannot run in a worker. */
  readonly module?: string;
  readonly package?: PackageIdentity;
}

export interface RegistryOptions {
  readonly plugins?: readonly (Plugin | InstalledPlugin)[];
  /** Plugins of packages, which are imported when one of their rewards is resolved. */
  readonly discovered?: readonly DiscoveredPlugin[];
  /** Why other packages are not among them, for messages. */
  readonly problems?: readonly PluginProblem[];
  /** The folder that local files and packages are resolved from. Default the process's. */
  readonly cwd?: string;
}

export interface RegisteredReward {
  readonly reward: Reward;
  /** How a worker can import it. */
  readonly source?: { readonly module: string; readonly exportName: string };
  /** The package that it comes from; absent for local files. */
  readonly package?: PackageIdentity;
}

export interface Registry {
  /** Full names of the rewards of the known plugins, such as `sql/executes`; built-in ones without a namespace. */
  readonly names: readonly string[];
  /**
   * Finds a reward by `math`, `sql/executes`, `@acme/pavlov-reward-sql#executes` or `./rewards/mine.ts#length`.
   * Rejects with a PavlovError that says what is missing and how to mend it.
   */
  resolve(reference: string): Promise<RegisteredReward>;
  /**
   * How a worker can import a reward that a config in code imported itself, where it is a known plugin's or a local
   * file's; undefined for one that the config defines.
   *
   * @param config URL of the config's file
   */
  locate(reward: Reward, config: string): Promise<RegisteredReward["source"]>;
  /**
   * The rewards of a preset such as `sql/recommended`, each with the reference of its reward. No plugin is imported.
   *
   * @throws PavlovError where there is none of that name.
   */
  preset(reference: string): readonly PresetPart[];
}

/** One reward of a preset. */
export interface PresetPart extends PresetUse {
  /** The reward's own name. */
  readonly name: string;
  /** What resolves to it: `sql/executes`. */
  readonly use: string;
}

/** What a registry needs to know of a plugin before it is used. */
interface KnownPlugin {
  readonly shown: string;
  readonly rewards: readonly string[];
  readonly presets: Plugin["presets"];
  readonly package: PackageIdentity | undefined;
  load(): Promise<{ readonly plugin: Plugin; readonly module: string | undefined }>;
}

/** A registry of the given plugins and of those that the project around `cwd` depends on. */
export async function openRegistry(options: Pick<RegistryOptions, "plugins" | "cwd"> = {}): Promise<Registry> {
  const { plugins: discovered, problems } = await discoverPlugins(options.cwd ?? process.cwd());
  return createRegistry({ ...options, discovered, problems });
}

/** @throws PavlovError when two plugins share a namespace, or a plugin is made for another version of the contract. */
export function createRegistry(options: RegistryOptions = {}): Registry {
  const cwd = resolvePath(options.cwd ?? process.cwd());
  const plugins = new Map<string, KnownPlugin>();
  const add = (namespace: string, plugin: KnownPlugin): void => {
    const other = plugins.get(namespace);
    if (other) {
      const both = `${other.shown} and ${plugin.shown}`;
      throw new PavlovError(`Two plugins have the namespace "${namespace}": ${both}. Remove one of them.`);
    }
    plugins.set(namespace, plugin);
  };
  for (const given of options.plugins ?? []) {
    const installed = isPlugin(given) ? { plugin: given } : given;
    checkApiVersion(installed);
    add(installed.plugin.namespace, inMemory(installed));
  }
  for (const discovered of options.discovered ?? []) add(discovered.manifest.namespace, fromPackage(discovered));
  const fullName = (namespace: string, name: string): string =>
    namespace === builtInNamespace ? name : `${namespace}/${name}`;
  const names = [...plugins].flatMap(([namespace, { rewards }]) => rewards.map((name) => fullName(namespace, name)));
  const { problems = [] } = options;

  const resolve = async (text: string): Promise<RegisteredReward> => {
    const reference = parseReference(text);
    if (reference.kind === "file") return resolveFile(reference.path, reference.name, cwd);
    if (reference.kind === "package") return resolveInPackage(reference.specifier, reference.name, cwd);
    const { namespace = builtInNamespace, name } = reference;
    const known = plugins.get(namespace);
    const ofNamespace =
      reference.namespace === undefined ? undefined : known?.rewards.map((one) => fullName(namespace, one));
    const unknown = () => unknownName(text, names, ofNamespace, problems);
    if (!known?.rewards.includes(name)) throw unknown();
    const { plugin, module } = await known.load();
    const reward = plugin.rewards[name];
    if (!reward) throw unknown();
    return {
      reward,
      ...(module !== undefined && { source: { module, exportName: name } }),
      ...(known.package && { package: known.package }),
    };
  };

  const preset = (text: string): readonly PresetPart[] => {
    const [namespace = "", name = "", ...rest] = text.includes("/") ? text.split("/") : [builtInNamespace, text];
    const presets = plugins.get(namespace)?.presets;
    const uses = rest.length === 0 && presets && Object.hasOwn(presets, name) ? presets[name] : undefined;
    if (uses === undefined) throw unknownPreset(text, plugins, problems);
    return Object.entries(uses).map(([reward, use]) => ({ ...use, name: reward, use: fullName(namespace, reward) }));
  };
  const locate: Registry["locate"] = (reward, config) => locateReward(reward, config, [...plugins.values()]);
  return { names, resolve, locate, preset };
}

function inMemory(installed: InstalledPlugin): KnownPlugin {
  const { plugin, module, package: from } = installed;
  return {
    shown: describePlugin(installed),
    rewards: Object.keys(plugin.rewards),
    presets: plugin.presets ?? {},
    package: from,
    load: () => Promise.resolve({ plugin, module }),
  };
}

function fromPackage(discovered: DiscoveredPlugin): KnownPlugin {
  const { package: from, manifest } = discovered;
  let loading: ReturnType<KnownPlugin["load"]> | undefined;
  return {
    shown: `${from.name}@${from.version}`,
    rewards: Object.keys(manifest.rewards),
    presets: manifest.presets,
    package: from,
    load: () => (loading ??= loadPlugin(discovered)),
  };
}

function checkApiVersion(installed: InstalledPlugin): void {
  const { apiVersion } = installed.plugin;
  if (apiVersion === pluginApiVersion) return;
  const upgrade = apiVersion > pluginApiVersion ? "upgrade @pavlov/core" : "upgrade the plugin";
  throw new PavlovError(
    `${describePlugin(installed)} is made for version ${apiVersion} of the plugin API and this is version ` +
      `${pluginApiVersion}: ${upgrade}.`,
  );
}

function describePlugin({ plugin, package: from, module }: InstalledPlugin): string {
  if (from) return `${from.name}@${from.version}`;
  return module ?? `the plugin "${plugin.namespace}"`;
}

/** @param own rewards of the namespace that is meant, where it is that of a known plugin */
function unknownName(
  text: string,
  names: readonly string[],
  own: readonly string[] | undefined,
  problems: readonly PluginProblem[],
): PavlovError {
  const unusable = own === undefined ? unusableNamespace("reward", text, problems) : undefined;
  if (unusable) return unusable;
  const listed = own ?? names;
  const shown = listed.slice(0, 40).join(", ") + (listed.length > 40 ? ` and ${listed.length - 40} more` : "");
  const known = listed.length === 0 ? "No plugin is known." : `Known rewards: ${shown}.`;
  const others = own === undefined && text.includes("/") ? otherProblems(problems) : "";
  return new PavlovError(`There is no reward "${text}".${suggestReference(text, names)} ${known}${others}`, {
    hint:
      own === undefined && text.includes("/")
        ? "Plugins are found among the dependencies in package.json: pavlov list shows them, pavlov search looks for others."
        : 'A reward of your own is named by its file, such as "./rewards/mine.ts#length".',
  });
}

function unknownPreset(
  text: string,
  plugins: ReadonlyMap<string, KnownPlugin>,
  problems: readonly PluginProblem[],
): PavlovError {
  const unusable = unusableNamespace("preset", text, problems);
  if (unusable) return unusable;
  const names = [...plugins].flatMap(([namespace, { presets }]) =>
    Object.keys(presets).map((name) => `${namespace}/${name}`),
  );
  const known = names.length === 0 ? "No plugin here has presets." : `There are: ${names.join(", ")}.`;
  const others = text.includes("/") ? otherProblems(problems) : "";
  return new PavlovError(
    `There is no preset ${JSON.stringify(text)}.${suggestReference(text, names)} ${known}${others}`,
  );
}

async function resolveFile(path: string, name: string | undefined, cwd: string): Promise<RegisteredReward> {
  const file = path.startsWith("file:") ? fileURLToPath(path) : resolvePath(cwd, path);
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) {
    const what = found?.isDirectory() ? "is a folder" : "does not exist";
    const where = file === path ? "" : `: it was looked for at ${file}`;
    throw new PavlovError(`The reward's file ${path} ${what}${where}.`, {
      hint: found?.isDirectory()
        ? "Name a file in it, such as ./rewards/mine.ts#length."
        : "Paths are relative to the folder of the config.",
    });
  }
  const module = pathToFileURL(file).href;
  const picked = pickReward(await importLocalFile(module, path), name, path);
  return { reward: picked.reward, source: { module, exportName: picked.exportName } };
}

async function resolveInPackage(specifier: string, name: string | undefined, cwd: string): Promise<RegisteredReward> {
  const { module, exports, package: found } = await importPackage(specifier, cwd);
  const from = found && { package: found };
  if (isPlugin(exports["default"])) checkApiVersion({ plugin: exports["default"], module, ...from });
  const { reward, exportName } = pickReward(exports, name, specifier);
  return { reward, source: { module, exportName }, ...from };
}

function pickReward(exports: ModuleExports, name: string | undefined, shown: string) {
  const all = listRewards(exports);
  const list = all.map(({ exportName }) => exportName);
  if (name !== undefined) {
    const found = findReward(exports, name);
    if (found) return found;
    if (Object.hasOwn(exports, name)) {
      throw new PavlovError(`The export "${name}" of ${shown} is not a reward: make it with defineReward.`);
    }
    const has = list.length === 0 ? "it exports no rewards" : `it has ${list.join(", ")}`;
    throw new PavlovError(`${shown} exports no reward "${name}": ${has}.${suggestion(name, list)}`);
  }
  const [only] = all;
  if (only === undefined) {
    throw new PavlovError(`${shown} exports no reward: export one that is made with defineReward.`);
  }
  if (all.length > 1) {
    throw new PavlovError(
      `${shown} exports several rewards (${list.join(", ")}): say which, as in ${shown}#${list[0]}.`,
    );
  }
  return only;
}
