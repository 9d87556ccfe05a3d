/** Which files of the user's own a module imports, by what its text says: nothing is run. */
import { readFile } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isFile } from "../is-file.js";

/** Relative specifiers of static imports, re-exports, `import("…")` and `require("…")`; not of type-only ones. */
const imports =
  /(?:\b(?:import|export)\b(?!\s*type\s(?!\s*from\b))(?:[^"'();=]*?\bfrom\b)?\s*|\b(?:import|require)\s*\(\s*)(["'])(\.{1,2}\/[^"'\n]+)\1/g;
const extensions = ["", ".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".json", "/index.ts", "/index.js"];

/** Files that are read or started beside a module: `new URL("./words.txt", import.meta.url)`. */
const besides = /\bnew\s+URL\s*\(\s*(["'])(\.{1,2}\/[^"'\n]+)\1\s*,\s*import\.meta\.url/g;

/** A file that was read, and the files that it imports. */
export interface LocalFile {
  readonly path: string;
  readonly bytes: Buffer;
  readonly imports: readonly string[];
}

/**
 * A module and every file that it reaches by relative imports or names by `new URL`, the module first. Packages are left
 * out, and so is what cannot be read.
 *
 * @param module a file URL; any other gives nothing
 */
export async function readLocalFiles(module: string): Promise<readonly LocalFile[]> {
  if (!module.startsWith("file:")) return [];
  const found = new Map<string, LocalFile>();
  const waiting = [fileURLToPath(module)];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined) continue;
    const text = bytes.toString("utf8");
    const imported = await targets(path, text, imports);
    found.set(path, { path, bytes, imports: imported });
    waiting.push(...[...imported, ...(await targets(path, text, besides))].toReversed());
  }
  return [...found.values()];
}

/** The files that are meant where a module's text matches a pattern. */
async function targets(path: string, text: string, pattern: RegExp): Promise<string[]> {
  const found: string[] = [];
  for (const [, , specifier] of text.matchAll(pattern)) {
    const target = specifier && (await resolveLocal(resolve(dirname(path), specifier)));
    if (target) found.push(target);
  }
  return found;
}

/** Files that import each other: each imports the next, and the last one the first. */
export type ImportCycle = readonly LocalFile[];

/** The circles of imports among files: for each file the shortest one that it is in, and each circle once. */
export function findImportCycles(files: readonly LocalFile[]): readonly ImportCycle[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const cycles = new Map<string, ImportCycle>();
  for (const { path } of files) {
    const cycle = wayBack(path, byPath);
    const members = cycle
      ?.map((file) => file.path)
      .toSorted()
      .join("\n");
    if (cycle && members !== undefined && !cycles.has(members)) cycles.set(members, cycle);
  }
  return [...cycles.values()];
}

/** `a.ts → b.ts → a.ts`. */
export function formatCycle(cycle: ImportCycle): string {
  return [...cycle, ...cycle.slice(0, 1)].map(({ path }) => basename(path)).join(" → ");
}

/** The shortest way from a file over its imports to itself. */
function wayBack(start: string, files: ReadonlyMap<string, LocalFile>): ImportCycle | undefined {
  const importers = new Map<string, string>();
  const waiting = [start];
  for (let index = 0; index < waiting.length; index++) {
    const path = waiting[index] as string;
    for (const next of files.get(path)?.imports ?? []) {
      if (next === start) return trail(path, importers, files);
      if (importers.has(next)) continue;
      importers.set(next, path);
      waiting.push(next);
    }
  }
  return undefined;
}

function trail(
  end: string,
  importers: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, LocalFile>,
): ImportCycle {
  const paths = [end];
  for (let path = importers.get(end); path !== undefined; path = importers.get(path)) paths.unshift(path);
  return paths.flatMap((path) => files.get(path) ?? []);
}

/** The file that a specifier means: as it stands, a TypeScript file under the name of its output, or with an ending. */
async function resolveLocal(path: string): Promise<string | undefined> {
  const ending = extname(path);
  const written = { ".js": ".ts", ".mjs": ".mts", ".cjs": ".cts", ".jsx": ".tsx" }[ending];
  const sources = written === undefined ? [] : [path.slice(0, -ending.length) + written];
  for (const candidate of [...extensions.map((extension) => path + extension), ...sources]) {
    if (await isFile(candidate)) return candidate;
  }
  return undefined;
}
