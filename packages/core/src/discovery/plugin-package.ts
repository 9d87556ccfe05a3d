/** What makes an installed package a plugin, and what is wrong with one that cannot be used. */
import { readFileSync } from "node:fs";
import { errorMessage, PavlovError } from "../error.js";
import type { PluginManifest } from "../manifest/describe-plugin.js";
import { apiVersionError, readManifest } from "../manifest/read-manifest.js";
import { builtInNamespace, pluginApiVersion } from "../plugin.js";
import { isPlainlyIn } from "./plain-range.js";
import { readPackageFile, type PackageFile } from "./package-file.js";
import { findPackage } from "./project.js";

/** The keyword that a plugin's package.json has: what registries are searched for. */
export const pluginKeyword = "pavlov-reward";

/** What a plugin's package is called: `pavlov-reward-sql` or `@acme/pavlov-reward-sql`. */
export const pluginNamePattern = /^(@[\w.-]+\/)?pavlov-reward-[\w-]+$/;

/** Scripts that run where the package is installed. */
const installScripts = ["preinstall", "install", "postinstall"];

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

/**
 * Reads what a plugin's package says of itself.
 *
 * @throws PavlovError with the reason as message and the fix as hint.
 */
export async function readPluginPackage(folder: string, file: PackageFile): Promise<PluginManifest> {
  const scripts = installScripts.filter((name) => Object.hasOwn(file.scripts, name));
  if (scripts.length > 0) {
    throw new PavlovError(`it runs a script where it is installed (${scripts.join(", ")}), which plugins must not`, {
      hint: "Remove the package, and ask its author to remove the script.",
    });
  }
  if (file.pavlov === undefined) {
    throw new PavlovError('its package.json has no "pavlov" field that names a manifest', {
      hint: 'Its author adds: "pavlov": { "apiVersion": 1, "manifest": "./dist/manifest.json" }.',
    });
  }
  const { apiVersion, manifest: path } = file.pavlov;
  if (typeof apiVersion === "number" && apiVersion !== pluginApiVersion) throw apiVersionError(apiVersion);
  if (typeof path !== "string" || path === "") {
    throw new PavlovError(`"pavlov" of its package.json names no manifest, but ${JSON.stringify(path) ?? "nothing"}`, {
      hint: 'Its author writes: "pavlov": { "apiVersion": 1, "manifest": "./dist/manifest.json" }.',
    });
  }
  await checkPeers(folder, file);
  const manifest = await readManifest(folder, path);
  if (manifest.namespace === builtInNamespace) {
    throw new PavlovError(`it takes the namespace "${manifest.namespace}", which is that of the built-in rewards`, {
      hint: "Remove the package; its author must choose another namespace.",
    });
  }
  return manifest;
}

/** What the plugin expects beside it is there, and is of a version that it takes. */
async function checkPeers(folder: string, { peerDependencies, optionalPeers }: PackageFile): Promise<void> {
  for (const [name, range] of Object.entries(peerDependencies)) {
    const version = name === "@pavlov/core" ? coreVersion() : await installedVersion(name, folder);
    if (version === undefined) {
      if (optionalPeers.includes(name)) continue;
      throw new PavlovError(`it needs ${name} ${range} beside it, which is not installed`, {
        hint: `Run: npm install ${quoted(name, range)}`,
      });
    }
    if (await isSatisfied(version, range)) continue;
    throw new PavlovError(`it needs ${name} ${range}, and ${version} is installed`, {
      hint: `Run: npm install ${quoted(name, range)}, or install a version of the plugin that takes ${version}.`,
    });
  }
}

const quoted = (name: string, range: string): string =>
  /^[\w.@/^~-]*$/.test(range) ? `${name}@${range}` : `"${name}@${range}"`;

async function installedVersion(name: string, from: string): Promise<string | undefined> {
  const folder = await findPackage(name, from);
  if (folder === undefined) return undefined;
  return readPackageFile(folder).then(
    ({ version }) => version ?? "an unknown version",
    (thrown: unknown) => errorMessage(thrown),
  );
}

async function isSatisfied(version: string, range: string): Promise<boolean> {
  if (isPlainlyIn(version, range)) return true;
  const { default: semver } = await import("semver");
  // Tags, folders and protocols such as workspace:* say nothing of versions.
  if (semver.valid(version) === null || semver.validRange(range) === null) return true;
  return semver.satisfies(version, range, { includePrerelease: true });
}

let ownVersion: string | undefined;

/** The version of this package. */
export function coreVersion(): string {
  ownVersion ??= (
    JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }
  ).version;
  return ownVersion;
}
