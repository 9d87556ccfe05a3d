/** What makes an installed package a plugin, and what is wrong with one that cannot be used. */
import { PavlovError } from "../error.js";
import type { PluginManifest } from "../manifest/describe-plugin.js";
import { readManifest } from "../manifest/read-manifest.js";
import { builtInNamespace } from "../plugin.js";
import type { PackageFile } from "./package-file.js";
import { checkDuties } from "./plugin-duties.js";

/** The keyword that a plugin's package.json has: what registries are searched for. */
export const pluginKeyword = "pavlov-reward";

/** What a plugin's package is called: `pavlov-reward-sql` or `@acme/pavlov-reward-sql`. */
export const pluginNamePattern = /^(@[\w.-]+\/)?pavlov-reward-[\w-]+$/;

/** An installed plugin, known by its manifest. None of its code has run. */
export interface DiscoveredPlugin {
  readonly package: { readonly name: string; readonly version: string };
  /** Absolute path of the package. */
  readonly folder: string;
  /** What it is resolved from when it is imported: the project's folder. */
  readonly from: string;
  readonly manifest: PluginManifest;
}

/** Why a package that is a plugin cannot be used. */
export interface PluginProblem {
  /** `pavlov-reward-sql@1.0.0`. */
  readonly package: string;
  /** The namespace, where it is known. */
  readonly namespace?: string;
  /** What is wrong, to be read after the package's name. */
  readonly reason: string;
  /** What to do about it: a sentence. */
  readonly fix: string;
}

/** One sentence of a problem, with its fix. */
export function formatProblem({ package: name, reason, fix }: PluginProblem): string {
  return `${name} cannot be used: ${reason}. ${fix}`;
}

/**
 * The problems of the plugins that a namespace means. Where a plugin's own was not read, it is the one that its package is
 * named after: `sql` of `@acme/pavlov-reward-sql@1.0.0`.
 */
export function problemsOfNamespace(namespace: string, problems: readonly PluginProblem[]): readonly PluginProblem[] {
  return problems.filter((problem) => {
    const [, usual] = /^(?:@[^/]+\/)?pavlov-reward-([\w-]+)/.exec(problem.package) ?? [];
    return (problem.namespace ?? usual) === namespace;
  });
}

/** True for a package that says that it is a plugin: by its name and its keyword. */
export function isPluginPackage(name: string, { keywords }: Pick<PackageFile, "keywords">): boolean {
  return pluginNamePattern.test(name) && keywords.includes(pluginKeyword);
}

/** True for a package that says in any way that it is a plugin, and is held to what plugins must keep. */
export function claimsToBePlugin(name: string, { keywords, pavlov }: PackageFile): boolean {
  return pluginNamePattern.test(name) || keywords.includes(pluginKeyword) || pavlov !== undefined;
}

/**
 * Reads what a plugin's package says of itself.
 *
 * @throws PavlovError with the reason as message and the fix as hint.
 */
export async function readPluginPackage(folder: string, file: PackageFile): Promise<PluginManifest> {
  await checkDuties(folder, file);
  if (file.pavlov === undefined) {
    throw new PavlovError('its package.json has no "pavlov" field that names a manifest', {
      hint: 'Its author adds: "pavlov": { "apiVersion": 1, "manifest": "./dist/manifest.json" }.',
    });
  }
  const { manifest: path } = file.pavlov;
  if (typeof path !== "string" || path === "") {
    throw new PavlovError(`"pavlov" of its package.json names no manifest, but ${JSON.stringify(path) ?? "nothing"}`, {
      hint: 'Its author writes: "pavlov": { "apiVersion": 1, "manifest": "./dist/manifest.json" }.',
    });
  }
  const manifest = await readManifest(folder, path);
  if (manifest.namespace === builtInNamespace) {
    throw new PavlovError(`it takes the namespace "${manifest.namespace}", which is that of the built-in rewards`, {
      hint: "Remove the package; its author must choose another namespace.",
    });
  }
  return manifest;
}
