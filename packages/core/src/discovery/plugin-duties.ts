/** What a plugin's package must keep, by its package.json alone, wherever it is named: no script, our API, its peers. */
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { errorMessage, PavlovError } from "../error.js";
import { isFile } from "../is-file.js";
import { apiVersionError } from "../manifest/read-manifest.js";
import { pluginApiVersion } from "../plugin.js";
import { coreVersion } from "./core-version.js";
import { readPackageFile, type PackageFile } from "./package-file.js";
import { isPlainlyIn } from "./plain-range.js";
import { findPackage } from "./project.js";

/** Scripts that run where the package is installed. */
const installScripts = ["preinstall", "install", "postinstall"];

/**
 * Holds a plugin to what its package.json says.
 *
 * @throws PavlovError with the reason as message, to be read after the package's name, and the fix as hint.
 */
export async function checkDuties(folder: string, file: PackageFile): Promise<void> {
  await checkScripts(folder, file);
  const apiVersion = file.pavlov?.apiVersion;
  if (typeof apiVersion === "number" && apiVersion !== pluginApiVersion) throw apiVersionError(apiVersion);
  await checkPeers(folder, file);
}

async function checkScripts(folder: string, { scripts, compiles }: PackageFile): Promise<void> {
  const hint = "Remove the package, and ask its author to remove the script.";
  const found = installScripts.filter((name) => Object.hasOwn(scripts, name));
  if (found.length > 0) {
    throw new PavlovError(`it runs a script where it is installed (${found.join(", ")}), which plugins must not`, {
      hint,
    });
  }
  if (compiles && (await isFile(join(folder, "binding.gyp")))) {
    throw new PavlovError(
      "it has a binding.gyp, for which npm compiles where it is installed, which plugins must not",
      {
        hint: "Remove the package, and ask its author to do without.",
      },
    );
  }
}

/** What the plugin expects beside it is there, and is of a version that it takes. */
async function checkPeers(folder: string, { peerDependencies, optionalPeers }: PackageFile): Promise<void> {
  // Node.js looks for them from where the package really lies: pnpm links packages to where their peers are beside them.
  const from = await realpath(folder).catch(() => folder);
  for (const [name, range] of Object.entries(peerDependencies)) {
    const version = name === "@pavlov/core" ? coreVersion() : await installedVersion(name, from);
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
