/** Whether sources, tests and examples type-check, and whether what is built is what the sources give. */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { errorMessage, PavlovError } from "@pavlov/core";
import { buildConfigOf, compile } from "../compiler.js";
import type { Finding, Rule } from "../finding.js";
import { hasFile, type PluginFolder } from "../plugin-folder.js";
import { readmePrograms } from "./readme-programs.js";

/** Errors of the compiler that are shown. */
const SHOWN = 10;
const project = "tsconfig.json";

/** What is written for the compiler lies in a folder of its own, which is removed. */
const scratch = ".pavlov";

/** Everything that the compiler has to say of a plugin. One that has no tsconfig is JavaScript, of which it says nothing. */
export async function typeFindings(plugin: PluginFolder): Promise<readonly Finding[]> {
  const config = await buildConfigOf(plugin);
  if (config === undefined) return [];
  const name = `check-${process.pid}`;
  const folder = join(plugin.folder, scratch, name);
  await mkdir(folder, { recursive: true });
  try {
    return await compileAll(plugin, config, `${scratch}/${name}`);
  } catch (thrown) {
    if (!PavlovError.isInstance(thrown)) throw thrown;
    return [{ rule: "types", message: errorMessage(thrown), fix: thrown.hint ?? "Run: npm install" }];
  } finally {
    await rm(folder, { recursive: true, force: true });
    await removeEmpty(join(plugin.folder, scratch));
  }
}

async function compileAll(plugin: PluginFolder, config: string, folder: string): Promise<readonly Finding[]> {
  const output = `${folder}/built`;
  const fresh = ["--outDir", output, "--declarationDir", output, "--composite", "false", "--incremental", "false"];
  const built = await compile(plugin, config, fresh);
  const errors = new Map<string, Rule>();
  const add = (lines: readonly string[], from: string): void => {
    for (const line of lines) {
      const found = placed(line, plugin.folder, from);
      if (!errors.has(found)) errors.set(found, /^(examples\/|README\.md)/.test(found) ? "examples" : "types");
    }
  };
  add(built.errors, plugin.folder);
  if (config !== project && (await hasFile(plugin, project))) {
    add((await compile(plugin, project, ["--noEmit"])).errors, plugin.folder);
  }
  const examples = await examplesConfig(plugin, folder);
  if (examples !== undefined) add((await compile(plugin, examples)).errors, plugin.folder);
  const of = (rule: Rule): readonly string[] => [...errors].flatMap(([line, its]) => (its === rule ? [line] : []));
  return [
    ...told("types", "The plugin", of("types")),
    ...told("examples", "An example", of("examples")),
    ...(built.ok ? await staleFindings(plugin, built.emitted, join(plugin.folder, output)) : []),
  ];
}

function told(rule: Rule, what: string, lines: readonly string[]): Finding[] {
  if (lines.length === 0) return [];
  const more = lines.length > SHOWN ? [`and ${lines.length - SHOWN} more lines`] : [];
  return [
    {
      rule,
      message: `${what} does not type-check.`,
      details: [...lines.slice(0, SHOWN), ...more],
      fix: "Mend what tsc says.",
    },
  ];
}

/** An error's line with its file as it is called from the package, and programs of the README by that name. */
function placed(line: string, folder: string, from: string): string {
  const [, file, rest] = /^(.+?)(\(\d+,\d+\): .*)$/.exec(line) ?? [];
  if (file === undefined || rest === undefined) return line;
  const path = relative(folder, resolve(from, file)).replaceAll("\\", "/");
  const [, first] = /\.pavlov\/check-\d+\/readme-(\d+)\.ts$/.exec(path) ?? [];
  if (first === undefined) return `${path}${rest}`;
  return `README.md${rest.replace(/^\((\d+)/, (_, at: string) => `(${Number(first) + Number(at) - 1}`)}`;
}

/** A config for `examples/` and for the README's programs; undefined where there are neither. */
async function examplesConfig(plugin: PluginFolder, folder: string): Promise<string | undefined> {
  const listed = await readdir(join(plugin.folder, "examples"), { recursive: true }).catch(() => []);
  const hasExamples = listed.some((path) => /\.[cm]?tsx?$/.test(path));
  const readme = await readFile(join(plugin.folder, "README.md"), "utf8").catch(() => "");
  const programs = readmePrograms(readme, plugin.file.name ?? "");
  if (!hasExamples && programs.length === 0) return undefined;
  for (const { line, code } of programs) await writeFile(join(plugin.folder, folder, `readme-${line}.ts`), code);
  const config = {
    ...((await hasFile(plugin, project)) && { extends: `../../${project}` }),
    compilerOptions: { noEmit: true, composite: false, incremental: false, rootDir: "../.." },
    include: ["../../examples", "./readme-*.ts"],
    exclude: [],
  };
  await writeFile(join(plugin.folder, folder, project), JSON.stringify(config));
  return `${folder}/${project}`;
}

/**
 * Files that the sources give and that are not so where the package has them. Only of packages that are built by the
 * compiler as it is: a bundler's output is not compared.
 */
async function staleFindings(
  plugin: PluginFolder,
  emitted: readonly string[],
  from: string,
): Promise<readonly Finding[]> {
  const { scripts } = plugin.file;
  const built = scripts["build"];
  if (built !== undefined && !/\btsc\b|pavlov plugin build/.test(built)) return [];
  const output = outputFolder(
    plugin,
    emitted.map((path) => relative(from, path).replaceAll("\\", "/")),
  );
  if (output === undefined) return [];
  const stale: string[] = [];
  for (const path of emitted) {
    // Maps name their sources by the way from where they lie.
    if (path.endsWith(".map")) continue;
    const target = join(output, relative(from, path));
    const [fresh, old] = await Promise.all([readFile(path, "utf8"), readFile(target, "utf8").catch(() => undefined)]);
    if (fresh !== old) stale.push(relative(plugin.folder, target).replaceAll("\\", "/"));
  }
  const findings: Finding[] = [];
  const add = (paths: readonly string[], what: string, fix: string): void => {
    if (paths.length === 0) return;
    const shown = paths.slice(0, SHOWN).join(", ") + (paths.length > SHOWN ? ` and ${paths.length - SHOWN} more` : "");
    findings.push({ rule: "build", message: `${shown} ${paths.length === 1 ? "is" : "are"} ${what}.`, fix });
  };
  add(stale, "not what the sources give", "Run: pavlov plugin build");
  const written = new Set(emitted.map((path) => join(output, relative(from, path))));
  const folder = relative(plugin.folder, output).replaceAll("\\", "/");
  const left = onlyCompiler(built) ? await leftOver(plugin, folder, written) : [];
  add(left, "of no source any more, and would be published", `Remove ${folder}, and run: pavlov plugin build`);
  return findings;
}

/** Whether nothing but the compiler writes modules where it does. */
const onlyCompiler = (build: string | undefined): boolean =>
  build === undefined || /^\s*(pavlov plugin build|tsc(\s+(-\S+|[\w./]+\.json))*)\s*$/.test(build);

/** Modules and declarations in the build's folder that the compiler did not write: those of sources that were removed. */
async function leftOver(
  plugin: PluginFolder,
  folder: string,
  written: ReadonlySet<string>,
): Promise<readonly string[]> {
  // A build beside the sources cannot be told from them.
  if (folder === "") return [];
  const names = await readdir(join(plugin.folder, folder), { recursive: true });
  return names
    .filter((name) => /\.([cm]?js|d\.[cm]?ts)(\.map)?$/.test(name) && !name.includes("node_modules"))
    .filter((name) => !written.has(join(plugin.folder, folder, name)))
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .toSorted();
}

/** Where the package's own build writes, by where its entry lies among what the compiler wrote. */
function outputFolder({ folder, entry }: PluginFolder, emitted: readonly string[]): string | undefined {
  if (entry === undefined) return undefined;
  const path = entry.replace(/^\.\//, "");
  const own = emitted
    .filter((name) => path === name || path.endsWith(`/${name}`))
    .sort((a, b) => b.length - a.length)[0];
  return own === undefined ? undefined : join(folder, path.slice(0, path.length - own.length));
}

async function removeEmpty(folder: string): Promise<void> {
  const left = await readdir(folder).catch(() => ["?"]);
  if (left.length === 0) await rm(folder, { recursive: true, force: true });
}
