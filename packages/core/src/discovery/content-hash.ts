/** The integrity of what is installed: one hash over the files that a package publishes. */
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { PavlovError } from "../error.js";
import { readJsonFile } from "../manifest/read-json-file.js";

/** The most files of a package: many times what a plugin has. */
const fileLimit = 20_000;

/** The most bytes of a package.json. */
const manifestLimit = 4 * 1024 * 1024;

/**
 * The hash of a package as it lies on the disk, `sha256-…` in base 64 as in subresource integrity: of the path and the
 * bytes of each of its files that npm publishes, in the order of the paths. Two installs of one published version have
 * the same, and so has the folder that it is published from; a changed byte gives another.
 *
 * @throws PavlovError where there are more files than a package has.
 */
export async function packageIntegrity(folder: string): Promise<string> {
  const names = await publishedFiles(folder);
  return hashFiles(await Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) }))));
}

/** What npm packs of no package, wherever it lies in it. It packs other names that begin with a dot. */
const neverPacked = [
  /(^|\/)(\.git|\.svn|\.hg|CVS|\.DS_Store|\._[^/]*|archived-packages)(\/|$)/,
  /(^|\/)(\.npmrc|\.npmignore|\.gitignore|\..*\.swp|npm-debug\.log|[^/]*\.orig|\.lock-wscript|\.wafpickle-[^/]*)$/,
  /^(package-lock\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb|build\/config\.gypi)$/,
  /^node_modules(\/|$)/,
];

const isPacked = (path: string): boolean => !neverPacked.some((pattern) => pattern.test(path));

/**
 * Paths of the files that count as a package's, in alphabetical order: package.json, its `main` and what its `files` lists,
 * by npm's rules, names that begin with a dot among them; where it lists nothing, all of them, or with `listed` none. What
 * is installed below it (`node_modules`) and what npm never packs are left out, and links are not followed. README and
 * LICENSE, which npm adds, do not count, and files such as .npmignore are not read.
 */
export async function publishedFiles(
  folder: string,
  { listed = false }: { readonly listed?: boolean } = {},
): Promise<readonly string[]> {
  const patterns = await listedPatterns(folder);
  if (patterns === undefined && listed) return [];
  const names = patterns === undefined ? await allFiles(folder) : await matching(folder, patterns);
  if (names.length > fileLimit) {
    throw new PavlovError(
      `${folder} has more than ${fileLimit.toLocaleString("en")} files: it is no plugin's package.`,
    );
  }
  return names.filter(isPacked).toSorted();
}

/** The same hash of files that are in memory, in the order in which they are given. */
export function hashFiles(files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): string {
  const hash = createHash("sha256");
  for (const { name, bytes } of files) hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  return `sha256-${hash.digest("base64")}`;
}

/** What `files` of a package.json says, and its entry, which npm publishes too; undefined where it lists nothing. */
async function listedPatterns(folder: string): Promise<readonly string[] | undefined> {
  const path = join(folder, "package.json");
  const found = await readJsonFile(path, { name: "its package.json", limit: manifestLimit, anyKeys: true }).catch(
    () => undefined,
  );
  const { files, main } = found ?? {};
  if (!Array.isArray(files)) return undefined;
  return [...files, main].filter((pattern) => typeof pattern === "string" && pattern !== "");
}

async function matching(folder: string, patterns: readonly string[]): Promise<readonly string[]> {
  const { default: glob } = await import("fast-glob");
  // A folder's name stands for all that is in it.
  const within = async (pattern: string): Promise<readonly string[]> => {
    const path = pattern.replace(/^\.?\/+/, "").replace(/\/+$/, "");
    if (path === "" || path === ".") return ["**"];
    if (glob.isDynamicPattern(path)) return [path, `${path}/**`];
    const found = await stat(join(folder, path)).catch(() => undefined);
    if (found === undefined) return [];
    return found.isDirectory() ? [`${path}/**`] : [path];
  };
  const left = patterns.filter((pattern) => pattern.startsWith("!"));
  const taken = patterns.filter((pattern) => !pattern.startsWith("!"));
  const [without, wanted] = await Promise.all([
    Promise.all(left.map((pattern) => within(pattern.slice(1)))),
    Promise.all(taken.map(within)),
  ]);
  return glob(["package.json", ...wanted.flat()], {
    cwd: folder,
    ignore: ["node_modules/**", "**/.git/**", ...without.flat()],
    dot: true,
    followSymbolicLinks: false,
  });
}

async function allFiles(folder: string): Promise<readonly string[]> {
  const paths: string[] = [];
  await collect(folder, "", paths);
  return paths;
}

async function collect(folder: string, below: string, paths: string[]): Promise<void> {
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (!isPacked(path)) continue;
    if (entry.isDirectory()) await collect(folder, path, paths);
    else if (entry.isFile()) paths.push(path);
    if (paths.length > fileLimit) return;
  }
}
