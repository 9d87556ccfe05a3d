/**
 * Whether all that a plugin's code imports and reads is there for those who install it: in the author's folder it always
 * is, with what is installed for development. Nothing is run.
 */
import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join, posix } from "node:path";
import type { PackageFile } from "@pavlov/core/plugins";
import type { Finding } from "../finding.js";
import { hasFile, type PluginFolder } from "../plugin-folder.js";
import type { PackedFiles } from "./pack-rules.js";

/** What one module names. */
interface Named {
  /** What it imports or requires: `zod/v4`, `./words.js`. */
  readonly imported: readonly string[];
  /** Imports whose names are computed: `import(name)`. */
  readonly computed: readonly string[];
  /** Files beside it, by `new URL("./words.txt", import.meta.url)`. */
  readonly besides: readonly string[];
}

/** The begin of `new URL("./words.txt", import.meta.url)`, up to where `import.meta` stands. */
const besidePattern = /\bnew\s+URL\s*\(\s*(["'`])(\.{1,2}\/[^"'`$\n]*)\1\s*,\s*$/;

/** Characters before an `import.meta` in which its `new URL(` is looked for. */
const LOOK_BACK = 400;

/** What the entry reaches by its imports, and what of it is missing from the package. */
export async function importFindings(plugin: PluginFolder, packed: PackedFiles): Promise<readonly Finding[]> {
  const { entry, file } = plugin;
  if (entry === undefined) return [];
  const findings = new Map<string, Finding>();
  const add = (key: string, finding: Finding): void => void (findings.has(key) || findings.set(key, finding));
  const seen = new Set<string>();
  const waiting = [posix.normalize(entry)];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path) || !/\.[cm]?js$/.test(path)) continue;
    seen.add(path);
    const { imported, besides, computed } = await readModule(join(plugin.folder, path));
    if (computed.length > 0) add(`${path} computes`, unknowable(path, computed));
    for (const specifier of imported.filter((one) => !isRelative(one))) {
      const finding = undeclared(path, specifier, file);
      if (finding) add(packageOf(specifier), finding);
    }
    for (const specifier of [...imported.filter(isRelative), ...besides]) {
      const target = await withEnding(plugin, posix.join(posix.dirname(path), specifier));
      const finding = await unpublished(plugin, path, target, packed);
      if (finding) add(target, finding);
      waiting.push(target);
    }
  }
  return [...findings.values()];
}

/** A module that is not there, or does not parse, names nothing: importing it tells. */
async function readModule(path: string): Promise<Named> {
  const [{ init, parse }, { requiredModules }] = await Promise.all([
    import("es-module-lexer"),
    import("./required-modules.js"),
  ]);
  await init;
  try {
    const text = await readFile(path, "utf8");
    const [found] = parse(text);
    const { names, computed } = requiredModules(text);
    const imported = [...found.flatMap(({ n }) => (n === undefined ? [] : [n])), ...names];
    // -2 marks an import.meta.
    const besides = found.flatMap(({ d, s }) => {
      const before = d === -2 ? text.slice(Math.max(0, s - LOOK_BACK), s) : "";
      return besidePattern.exec(before)?.[2] ?? [];
    });
    return { imported, besides, computed };
  } catch {
    return { imported: [], besides: [], computed: [] };
  }
}

const isRelative = (specifier: string): boolean => /^\.{1,2}\//.test(specifier);

/** `@acme/words` of `@acme/words/english.js`. */
const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

function undeclared(path: string, specifier: string, file: PackageFile): Finding | undefined {
  const name = packageOf(specifier);
  // Imports of the package's own, builtins, and URLs.
  if (specifier.startsWith("#") || name === file.name || isBuiltin(specifier) || /^[a-z]+:/.test(specifier)) return;
  const { dependencies, optionalDependencies, peerDependencies, devDependencies } = file;
  if ([dependencies, optionalDependencies, peerDependencies].some((list) => Object.hasOwn(list, name))) return;
  const isPeer = name === "zod" || name === "pavlov" || name.startsWith("@pavlov/");
  // The rule on peers tells it.
  if (name === "@pavlov/core") return;
  const range = Object.hasOwn(devDependencies, name) ? devDependencies[name] : undefined;
  const where = range === undefined ? "package.json does not name" : 'package.json has among "devDependencies" alone';
  const message = `${path} imports ${specifier}, which ${where}: those who install the plugin may not have it.`;
  const list = isPeer ? "peerDependencies" : "dependencies";
  // zod can describe itself since 4.2: a narrower range would keep plugins from sharing one.
  const version = name === "zod" ? "^4.2.0" : (range ?? "…");
  return { rule: "imports", message, fix: `Write: "${list}": { "${name}": "${version}" }` };
}

function unknowable(path: string, computed: readonly string[]): Finding {
  const calls = computed.slice(0, 3).join(", ") + (computed.length > 3 ? ` and ${computed.length - 3} more` : "");
  return {
    rule: "imports",
    isWarning: true,
    message: `${path} computes what it loads: ${calls}. Whether that is published, or installed with it, cannot be told.`,
    fix: "Look yourself, or write the names out.",
  };
}

/** The file that a `require` without an ending means; the path itself where there is none. */
async function withEnding(plugin: PluginFolder, path: string): Promise<string> {
  for (const ending of ["", ".js", ".json", "/index.js"]) {
    if (await hasFile(plugin, path + ending)) return path + ending;
  }
  return path;
}

async function unpublished(
  plugin: PluginFolder,
  from: string,
  target: string,
  packed: PackedFiles,
): Promise<Finding | undefined> {
  if (packed.includes(target) || !(await hasFile(plugin, target))) return undefined;
  if (target.startsWith("../")) {
    const message = `${from} needs ${target}, which lies outside the package and would not be published.`;
    return { rule: "imports", message, fix: "Copy it into the package, or make it a package that yours depends on." };
  }
  const [folder = target] = target.split("/");
  const message = `${from} needs ${target}, which would not be published.`;
  return { rule: "imports", message, fix: `Add "${folder}" to "files" in package.json.` };
}
