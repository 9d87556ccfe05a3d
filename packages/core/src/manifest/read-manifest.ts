/** Reads the manifest of an installed plugin, without trusting it: its path, its size, its keys and its form. */
import { realpath } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { errorMessage, PavlovError } from "../error.js";
import { pluginApiVersion } from "../plugin.js";
import { compileJsonSchema, type JsonValidator } from "../schema/compile-json-schema.js";
import { fitsSchema } from "../schema/fits-schema.js";
import { formatPath } from "../schema/validate.js";
import type { PluginManifest, RewardManifest } from "./describe-plugin.js";
import { manifestSchema } from "./manifest-schema.js";
import { readJsonFile } from "./read-json-file.js";

/** The most bytes of a manifest: a thousand times what a usual one has. */
const manifestLimit = 1024 * 1024;

const rebuild = "Its author builds it with: pavlov plugin build.";
let validator: Promise<JsonValidator> | undefined;

/**
 * The manifest at `path` in the package's folder.
 *
 * @param path as `pavlov.manifest` of package.json says it: relative to the folder, and inside it
 * @throws PavlovError whose message says what is wrong and whose hint says who mends it how.
 */
export async function readManifest(folder: string, path: string): Promise<PluginManifest> {
  const file = await locate(folder, path);
  const manifest = await readJsonFile(file, { name: `its manifest ${path}`, limit: manifestLimit });
  const { apiVersion } = manifest as { apiVersion?: unknown };
  if (typeof apiVersion === "number" && apiVersion !== pluginApiVersion) throw apiVersionError(apiVersion);
  const issue = fitsSchema(manifest, manifestSchema) ? undefined : await firstIssue(manifest);
  if (issue) {
    const at = issue.path.length === 0 ? "it" : formatPath(issue.path);
    throw new PavlovError(`its manifest ${path} is not one: ${at} ${issue.message}`, { hint: rebuild });
  }
  return withDefaults(manifest as unknown as PluginManifest);
}

async function firstIssue(manifest: unknown) {
  validator ??= compileJsonSchema(manifestSchema);
  return (await validator)(manifest)[0];
}

/** Why a plugin of another version of the contract is refused, and which side to upgrade. */
export function apiVersionError(apiVersion: number): PavlovError {
  const hint = apiVersion > pluginApiVersion ? "Upgrade @pavlov/core." : "Upgrade the plugin.";
  return new PavlovError(
    `it is made for version ${apiVersion} of the plugin API and this is version ${pluginApiVersion}`,
    { hint },
  );
}

async function locate(folder: string, path: string): Promise<string> {
  const outside = new PavlovError(`its manifest ${JSON.stringify(path)} is not inside the package`, {
    hint: 'In package.json: "pavlov": { "manifest": "./dist/manifest.json" }.',
  });
  if (isAbsolute(path) || isOutside(folder, join(folder, path))) throw outside;
  let file: string;
  let root: string;
  try {
    [file, root] = await Promise.all([realpath(join(folder, path)), realpath(folder)]);
  } catch (cause) {
    const why =
      (cause as { code?: unknown }).code === "ENOENT" ? "is not there" : `cannot be read: ${errorMessage(cause)}`;
    throw new PavlovError(`its manifest ${path} ${why}`, { hint: rebuild, cause });
  }
  // A link may lead out of the folder.
  if (isOutside(root, file)) throw outside;
  return file;
}

function isOutside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way);
}

/** What later versions of the contract's first form added is left out by earlier builders. */
function withDefaults(manifest: PluginManifest): PluginManifest {
  const rewards = Object.entries(manifest.rewards).map(([name, reward]): [string, RewardManifest] => {
    const {
      readsIfPresent = [],
      env = [],
      envIfPresent = [],
      needs = [],
      fixtures = 0,
    } = reward as Partial<RewardManifest>;
    return [name, { ...reward, readsIfPresent, env, envIfPresent, needs, fixtures }];
  });
  const presets = (manifest as Partial<PluginManifest>).presets ?? {};
  return { ...manifest, rewards: Object.fromEntries(rewards), presets };
}
