/** Runs the TypeScript that a plugin's folder has: `tsc` is its interface, since TypeScript 7 has no other yet. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { PavlovError } from "@pavlov/core";
import { hasFile, type PluginFolder } from "./plugin-folder.js";

/** Configs that compile a plugin, in the order in which they are looked for. */
const buildConfigs = ["tsconfig.build.json", "tsconfig.json"];

/** What the compiler said. */
export interface Compilation {
  readonly ok: boolean;
  /** `src/score.ts(3,5): error TS2322: …`, a line each. */
  readonly errors: readonly string[];
  /** Absolute paths of what it wrote. */
  readonly emitted: readonly string[];
}

/** The config that compiles the plugin; undefined for one that is written in JavaScript. */
export async function buildConfigOf(plugin: PluginFolder): Promise<string | undefined> {
  for (const name of buildConfigs) if (await hasFile(plugin, name)) return name;
  return undefined;
}

/**
 * Compiles, or type-checks with `--noEmit` among the options. Nothing is written where there are errors.
 *
 * @param config from the plugin's folder
 * @throws PavlovError where the folder has no TypeScript.
 */
export async function compile(
  { folder }: Pick<PluginFolder, "folder">,
  config: string,
  options: readonly string[] = [],
): Promise<Compilation> {
  const always = ["--noEmitOnError", "--listEmittedFiles", "--pretty", "false"];
  const { code, output } = await run(locate(folder), ["-p", config, ...always, ...options], folder);
  const lines = output.split(/\r?\n/).filter((line) => line.trim() !== "");
  const emitted = lines.filter((line) => line.startsWith("TSFILE: ")).map((line) => line.slice("TSFILE: ".length));
  const errors = lines.filter((line) => !line.startsWith("TSFILE: "));
  if (code !== 0 && errors.length === 0) errors.push(`tsc ended with exit code ${code ?? "none"} and said nothing`);
  return { ok: code === 0, errors: code === 0 ? [] : errors, emitted };
}

function locate(folder: string): string {
  try {
    const file = createRequire(join(folder, "package.json")).resolve("typescript/package.json");
    const { bin } = JSON.parse(readFileSync(file, "utf8")) as { bin: { tsc: string } };
    return join(dirname(file), bin.tsc);
  } catch (cause) {
    throw new PavlovError(`There is no TypeScript in ${folder}, which compiles the plugin.`, {
      hint: "Run: npm install --save-dev typescript",
      cause,
    });
  }
}

function run(
  program: string,
  options: readonly string[],
  folder: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...options], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}
