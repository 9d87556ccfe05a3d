/** The module of a plugin's package that is tested: its sources where they are newer than what was built of them. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { PavlovError } from "@pavlov/core";
import { shownPath } from "../terminal/sections.js";

/**
 * The absolute path of what `exports["."]` (or `main`) leads to, or of the source that it was built from: `src/x.ts` for
 * `dist/x.js`.
 *
 * @throws PavlovError where there is neither.
 */
export async function packageEntry(folder: string): Promise<string> {
  const file = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Record<string, unknown>;
  const target = entryOf(file["exports"]) ?? (typeof file["main"] === "string" ? file["main"] : undefined);
  if (target === undefined) {
    throw new PavlovError(`${shownPath(join(folder, "package.json"))} has no "exports" that leads to the plugin.`, {
      hint: 'Write: "exports": { ".": { "types": "./dist/index.d.ts", "default": "./dist/index.js" } }.',
    });
  }
  const built = join(folder, target);
  const builtAt = await modifiedAt(built);
  const source = await sourceOf(folder, target);
  if (source !== undefined && (builtAt === undefined || (await isNewer(join(folder, "src"), builtAt)))) return source;
  if (builtAt !== undefined) return built;
  throw new PavlovError(
    `${target}, the entry of ${shownPath(folder)}, does not exist, nor does a source that it is made of.`,
    {
      hint: "Build the package first.",
    },
  );
}

/** The path under the conditions that an import has. */
function entryOf(exports: unknown): string | undefined {
  if (typeof exports === "string") return exports;
  if (typeof exports !== "object" || exports === null) return undefined;
  const conditions = exports as Readonly<Record<string, unknown>>;
  const key = [".", "import", "node", "default"].find((name) => conditions[name] !== undefined);
  return key === undefined ? undefined : entryOf(conditions[key]);
}

async function sourceOf(folder: string, target: string): Promise<string | undefined> {
  const inSource = target.replace(/^(\.\/)?(dist|lib|build)\//, "src/");
  for (const extension of [".ts", ".mts", ".js", ".mjs"]) {
    const candidate = join(folder, inSource.replace(/\.[cm]?js$/, extension));
    if ((await modifiedAt(candidate)) !== undefined) return candidate;
  }
  return undefined;
}

async function isNewer(sources: string, than: number): Promise<boolean> {
  const { readdir } = await import("node:fs/promises");
  const names = await readdir(sources, { recursive: true }).catch(() => []);
  const times = await Promise.all(
    names.filter((name) => /\.[cm]?[jt]sx?$/.test(name)).map((name) => modifiedAt(join(sources, name))),
  );
  return times.some((time) => time !== undefined && time > than);
}

/** Milliseconds; undefined where there is no such file. */
function modifiedAt(path: string): Promise<number | undefined> {
  return stat(path).then(
    (found) => (found.isFile() ? found.mtimeMs : undefined),
    () => undefined,
  );
}
