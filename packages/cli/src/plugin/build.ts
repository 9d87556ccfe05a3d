/** `buildPlugin`: compiles a plugin with its own TypeScript, imports it, and writes the manifest of what it is. */
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { PavlovError, type PluginManifest } from "@pavlov/core";
import { readManifest } from "@pavlov/core/plugins";
import { buildConfigOf, compile } from "./compiler.js";
import { inspect, type InspectOptions } from "./inspect.js";
import type { InspectionRequest } from "./inspection.js";
import { hasFile, openPluginFolder, type PluginFolder } from "./plugin-folder.js";

/** What a build wrote. */
export interface BuiltPlugin {
  readonly plugin: PluginFolder;
  readonly manifest: PluginManifest;
  /** Files that the compiler wrote, from the package's folder; none of a plugin in JavaScript. */
  readonly emitted: readonly string[];
}

/** How long a plugin's code may take, in milliseconds. */
export interface PluginTimes {
  /** To be imported. Default 30,000. */
  readonly importTime?: number;
  /** To score one completion. Default 10,000. */
  readonly timeBudget?: number;
}

/**
 * Builds the plugin in a folder. The manifest is written when all went well, and only then.
 *
 * @throws PavlovError with what the compiler says, or with what keeps the module from being a plugin.
 */
export async function buildPlugin(path: string, options: InspectOptions): Promise<BuiltPlugin> {
  const plugin = await openPluginFolder(path);
  const { entry, manifest: place } = checkFields(plugin);
  options.onProgress?.("compiling");
  const emitted = await compileSources(plugin);
  if (!(await hasFile(plugin, entry))) {
    throw new PavlovError(`"exports" of package.json leads to ${entry}, which the build did not make.`, {
      hint: 'Let "outDir" in tsconfig.build.json and "exports" in package.json name the same folder.',
    });
  }
  const { findings, manifest } = await inspect({ ...inspectionOf(plugin, entry), rewards: [] }, options);
  const [first, ...others] = findings;
  if (first || !manifest) {
    const { message, details = [], fix } = first ?? { message: `${plugin.shown} could not be described.`, fix: "" };
    const lines = [message, ...details, ...others.map((other) => other.message)];
    throw new PavlovError(lines.join("\n"), { hint: fix });
  }
  await writeManifest(plugin, place, manifest);
  return { plugin, manifest, emitted };
}

/** The request that describes a built plugin and tries all of its rewards. */
export function inspectionOf(
  { folder, file, shown }: PluginFolder,
  entry: string,
  { importTime = 30_000, timeBudget = 10_000 }: PluginTimes = {},
): InspectionRequest {
  return {
    folder,
    module: pathToFileURL(join(folder, entry)).href,
    shown,
    importTime,
    timeBudget,
    ...(file.version !== undefined && { version: file.version }),
    ...(file.homepage !== undefined && { docs: file.homepage }),
  };
}

/** The manifest's text: the same for the same plugin. */
function manifestText(manifest: PluginManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

function checkFields({ entry, manifest, folder }: PluginFolder): { readonly entry: string; readonly manifest: string } {
  const file = join(folder, "package.json");
  if (entry === undefined) {
    throw new PavlovError(`${file} has no "exports" that lead to the plugin.`, {
      hint: 'Write: "exports": { ".": { "types": "./dist/index.d.ts", "default": "./dist/index.js" } }',
    });
  }
  if (manifest === undefined) {
    throw new PavlovError(`${file} has no "pavlov" field that says where the manifest is.`, {
      hint: 'Write: "pavlov": { "apiVersion": 1, "manifest": "./dist/manifest.json" }',
    });
  }
  const way = relative(folder, join(folder, manifest));
  if (way.startsWith("..")) {
    throw new PavlovError(`The manifest ${manifest} of ${file} is not inside the package.`, {
      hint: 'Write: "pavlov": { "apiVersion": 1, "manifest": "./dist/manifest.json" }',
    });
  }
  return { entry, manifest };
}

async function compileSources(plugin: PluginFolder): Promise<readonly string[]> {
  const config = await buildConfigOf(plugin);
  if (config === undefined) return [];
  const { ok, errors, emitted } = await compile(plugin, config);
  if (!ok) {
    throw new PavlovError([`${plugin.shown} does not compile:`, ...errors].join("\n"), {
      hint: "Nothing was written: mend what tsc says, and build again.",
    });
  }
  return emitted.map((path) => relative(plugin.folder, path).replaceAll("\\", "/")).toSorted();
}

async function writeManifest({ folder }: PluginFolder, place: string, manifest: PluginManifest): Promise<void> {
  const path = join(folder, place);
  const temporary = `${path}.${process.pid}.json`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(temporary, manifestText(manifest));
    // Read as those who install the plugin will: what they would refuse is not written.
    await readManifest(folder, relative(folder, temporary));
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
