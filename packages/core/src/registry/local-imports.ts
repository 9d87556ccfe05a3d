/** Which files of the user's own a module imports, by what its text says: nothing is run. */
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

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

/** Files that import each other in a circle from a module on: `a.ts → b.ts → a.ts`. */
export async function findImportCycle(module: string): Promise<string | undefined> {
  const files = new Map((await readLocalFiles(module)).map((file) => [file.path, file]));
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): readonly string[] | undefined => {
    const at = trail.indexOf(path);
    if (at !== -1) return [...trail.slice(at), path];
    if (done.has(path)) return undefined;
    for (const next of files.get(path)?.imports ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle) return cycle;
    }
    done.add(path);
    return undefined;
  };
  const [first] = files.keys();
  const cycle = first === undefined ? undefined : visit(first, []);
  return cycle?.map((path) => basename(path)).join(" → ");
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

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
