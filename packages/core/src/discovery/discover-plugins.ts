/** Finds the plugins that a project depends on, from what their packages say: no code of theirs is run. */
import { errorMessage, PavlovError } from "../error.js";
import { readPackageFile } from "./package-file.js";
import {
  isPluginPackage,
  pluginNamePattern,
  readPluginPackage,
  type DiscoveredPlugin,
  type PluginProblem,
} from "./plugin-package.js";
import { dependenciesOf, findPackage, findProject, type Project } from "./project.js";

/** The plugins of a project. */
export interface Discovery {
  /** The folder of the nearest package.json, where there is one. */
  readonly project: string | undefined;
  /** By namespace, in alphabetical order. */
  readonly plugins: readonly DiscoveredPlugin[];
  /** Plugins that are there and cannot be used. */
  readonly problems: readonly PluginProblem[];
}

/**
 * The plugins among the dependencies of the project around `folder`: packages that are called `pavlov-reward-…`, have
 * the keyword `pavlov-reward`, and are installed. A project that is a plugin itself is one of them. One that cannot be
 * used is a problem and keeps no other from being used.
 *
 * @param runtime where Yarn says that packages lie in no folders
 * @throws PavlovError where the project's own package.json is no JSON, and under Plug'n'Play.
 */
export async function discoverPlugins(
  folder: string,
  runtime: Readonly<Record<string, string | undefined>> = process.versions,
): Promise<Discovery> {
  if (runtime["pnp"] !== undefined) {
    throw new PavlovError("Plugins cannot be found under Yarn's Plug'n'Play, which is not supported.", {
      hint: "Write nodeLinker: node-modules into .yarnrc.yml, and run: yarn install",
    });
  }
  const project = await findProject(folder);
  const found = await Promise.all(candidates(project).map(({ name, from, own }) => inspect(name, from, own)));
  const problems = found.flatMap((one) => (one && "reason" in one ? [one] : []));
  const unique = withoutSharedNamespaces(found.flatMap((one) => (one && "manifest" in one ? [one] : [])));
  const plugins = unique.plugins.toSorted((a, b) => (a.manifest.namespace < b.manifest.namespace ? -1 : 1));
  return { project: project[0]?.folder, plugins, problems: [...problems, ...unique.problems] };
}

interface Candidate {
  readonly name: string;
  readonly from: string;
  /** The project's own folder, where it is the plugin. */
  readonly own?: string;
}

function candidates(project: Project): readonly Candidate[] {
  const [nearest] = project;
  const own = nearest?.file.name;
  const itself =
    nearest && own !== undefined && isPluginPackage(own, nearest.file)
      ? [{ name: own, from: nearest.folder, own: nearest.folder }]
      : [];
  const names = [...dependenciesOf(project)].filter(([name]) => pluginNamePattern.test(name) && name !== own);
  return [...itself, ...names.map(([name, from]) => ({ name, from }))];
}

async function inspect(
  name: string,
  from: string,
  own: string | undefined,
): Promise<DiscoveredPlugin | PluginProblem | undefined> {
  const folder = own ?? (await findPackage(name, from));
  if (folder === undefined) {
    return { package: name, reason: "package.json names it and it is not installed", fix: "Run: npm install" };
  }
  let shown = name;
  try {
    const file = await readPackageFile(folder);
    if (!isPluginPackage(name, file)) return undefined;
    const { version = "0.0.0" } = file;
    shown = `${name}@${version}`;
    const manifest = await readPluginPackage(folder, file);
    return { package: { name, version }, folder, from, manifest };
  } catch (thrown) {
    const fix = PavlovError.isInstance(thrown) ? thrown.hint : undefined;
    return {
      package: shown,
      reason: errorMessage(thrown).replace(/\.$/, ""),
      fix: fix ?? `Install it again: npm install ${name}, or ask its author.`,
    };
  }
}

/** Plugins of one namespace cannot be told apart in a config: none of them is used. */
function withoutSharedNamespaces(found: readonly DiscoveredPlugin[]): {
  readonly plugins: readonly DiscoveredPlugin[];
  readonly problems: readonly PluginProblem[];
} {
  const byNamespace = new Map<string, DiscoveredPlugin[]>();
  for (const plugin of found) {
    const others = byNamespace.get(plugin.manifest.namespace);
    if (others) others.push(plugin);
    else byNamespace.set(plugin.manifest.namespace, [plugin]);
  }
  const plugins: DiscoveredPlugin[] = [];
  const problems: PluginProblem[] = [];
  for (const [namespace, sharing] of byNamespace) {
    const names = sharing.map(({ package: { name, version } }) => `${name}@${version}`);
    const [only, ...others] = sharing;
    if (only && others.length === 0) plugins.push(only);
    else {
      const reason = `${names.join(" and ")} have the same namespace, "${namespace}"`;
      const fix = "Remove all but one of them, or name their rewards in full: package-name#reward.";
      for (const name of names) problems.push({ package: name, namespace, reason, fix });
    }
  }
  return { plugins, problems };
}
