/** Reward files of a project's own, found by where they usually lie. They are not run. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** In a folder `rewards`, or by their name anywhere. */
const ending = /\.(?:ts|mts|js|mjs)$/;
const named = /\.rewards?\.\w+$/;
const ignoredFiles = /\.test\.|\.test-d\.|\.d\.m?ts$/;
const ignoredFolders = ["node_modules", "dist"];
const deepest = 8;

/** Files beyond this are no source. */
const largest = 1024 * 1024;

/** Text that a file has which defines a reward. */
const definition = /\bdefine(Reward|Plugin)\s*\(/;

/** Paths such as `./rewards/mine.ts`, relative to `folder`, of files that define rewards by what their text says. */
export async function findRewardFiles(folder: string): Promise<readonly string[]> {
  const paths: string[] = [];
  await collect(folder, "", 0, paths);
  const defining = await Promise.all(paths.map((path) => definesReward(join(folder, path))));
  return paths
    .filter((_, index) => defining[index])
    .map((path) => `./${path}`)
    .toSorted();
}

/** A walk of its own: a library that matches patterns takes longer to load than this to end. */
async function collect(folder: string, below: string, depth: number, paths: string[]): Promise<void> {
  // A folder that cannot be read holds nothing that could be used.
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch(() => []);
  const folders: string[] = [];
  for (const entry of entries) {
    const { name } = entry;
    if (name.startsWith(".")) continue;
    const path = below === "" ? name : `${below}/${name}`;
    if (entry.isDirectory()) {
      if (depth < deepest && !ignoredFolders.includes(name)) folders.push(path);
    } else if (ending.test(name) && !ignoredFiles.test(name) && (path.startsWith("rewards/") || named.test(name))) {
      paths.push(path);
    }
  }
  await Promise.all(folders.map((path) => collect(folder, path, depth + 1, paths)));
}

async function definesReward(path: string): Promise<boolean> {
  try {
    return (await stat(path)).size < largest && definition.test(await readFile(path, "utf8"));
  } catch {
    return false;
  }
}
