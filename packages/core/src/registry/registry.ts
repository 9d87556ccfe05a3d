/** `createRegistry`: the plugins known to a process, and what a reference to a reward means among them. */
import { stat } from "node:fs/promises";
import { join, resolve as resolvePath } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { errorMessage, PavlovError } from "../error.js";
import { suggestion } from "../nearest-name.js";
import { isPlugin, type Plugin, pluginApiVersion } from "../plugin.js";
import type { Reward } from "../reward.js";
import { findReward, listRewards } from "./find-reward.js";
import { importModule, type ModuleExports, resolvePackage } from "./import-module.js";
import { readPackageOf } from "./package-of.js";
import { parseReference } from "./reference.js";

/** The namespace of the built-in rewards, which a reference may leave out. */
export const builtInNamespace = "pavlov";

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
}

/** @throws PavlovError when two plugins share a namespace, or a plugin is made for another version of the contract. */
export function createRegistry(options: RegistryOptions = {}): Registry {
  const cwd = resolvePath(options.cwd ?? process.cwd());
  const plugins = new Map<string, InstalledPlugin>();
  for (const given of options.plugins ?? []) {
    const installed = isPlugin(given) ? { plugin: given } : given;
    const { namespace } = installed.plugin;
    checkApiVersion(installed);
    const other = plugins.get(namespace);
    if (other) {
      const both = `${describePlugin(other)} and ${describePlugin(installed)}`;
      throw new PavlovError(`Two plugins have the namespace "${namespace}": ${both}. Remove one of them.`);
    }
    plugins.set(namespace, installed);
  }
  const names = [...plugins].flatMap(([namespace, { plugin }]) =>
    Object.keys(plugin.rewards).map((name) => (namespace === builtInNamespace ? name : `${namespace}/${name}`)),
  );

  const resolve = async (text: string): Promise<RegisteredReward> => {
    const reference = parseReference(text);
    if (reference.kind === "file") return resolveFile(reference.path, reference.name, cwd);
    if (reference.kind === "package") return resolveInPackage(reference.specifier, reference.name, cwd);
    const { namespace = builtInNamespace, name } = reference;
    const installed = plugins.get(namespace);
    if (!installed || !Object.hasOwn(installed.plugin.rewards, name)) throw unknownName(text, name, names);
    const reward = installed.plugin.rewards[name];
    if (!reward) throw unknownName(text, name, names);
    return {
      reward,
      ...(installed.module !== undefined && { source: { module: installed.module, exportName: name } }),
      ...(installed.package && { package: installed.package }),
    };
  };
  return { names, resolve };
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

function unknownName(text: string, name: string, names: readonly string[]): PavlovError {
  // The last part alone finds a reward whose namespace was left out or mistaken.
  const full = suggestion(text, names);
  const own = names.find((known) => known.endsWith(`/${name}`));
  const hint = full === "" && own !== undefined ? ` Did you mean "${own}"?` : full;
  const shown = names.slice(0, 40).join(", ") + (names.length > 40 ? ` and ${names.length - 40} more` : "");
  const known = names.length === 0 ? "No plugin is known." : `Known rewards: ${shown}.`;
  return new PavlovError(`There is no reward "${text}".${hint} ${known}`, {
    hint: 'A reward of your own is named by its file, such as "./rewards/mine.ts#length".',
  });
}

async function resolveFile(path: string, name: string | undefined, cwd: string): Promise<RegisteredReward> {
  const file = path.startsWith("file:") ? fileURLToPath(path) : resolvePath(cwd, path);
  const isFile = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) {
    throw new PavlovError(`The reward's file ${path} does not exist: it was looked for at ${file}.`, {
      hint: "Paths are relative to the folder of the config.",
    });
  }
  const module = pathToFileURL(file).href;
  const picked = pickReward(await importOrExplain(module, path), name, path);
  return { reward: picked.reward, source: { module, exportName: picked.exportName } };
}

async function resolveInPackage(specifier: string, name: string | undefined, cwd: string): Promise<RegisteredReward> {
  const packageName = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  const module = await resolvePackage(specifier, join(cwd, "package.json"));
  if (module === undefined) {
    throw new PavlovError(
      `The package "${specifier}" is not installed for ${cwd}: install it with npm install ${packageName}.`,
    );
  }
  const picked = pickReward(await importOrExplain(module, specifier), name, specifier);
  const from = await readPackageOf(module, packageName);
  return {
    reward: picked.reward,
    source: { module, exportName: picked.exportName },
    ...(from && { package: from }),
  };
}

async function importOrExplain(module: string, shown: string): Promise<ModuleExports> {
  try {
    return await importModule(module);
  } catch (thrown) {
    throw new PavlovError(`${shown} could not be imported: ${errorMessage(thrown)}`, {
      hint: "Rewards are imported when they are resolved: what the module does at its top level must not throw.",
      cause: thrown,
    });
  }
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
