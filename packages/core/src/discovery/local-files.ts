/** Reward files of a project's own, found by where they usually lie. They are not run. */
import { join } from "node:path";
import type { Entry } from "fast-glob";

const patterns = ["rewards/**/*.{ts,mts,js,mjs}", "**/*.{reward,rewards}.{ts,mts,js,mjs}"];
const ignored = [
  "**/node_modules/**",
  "**/dist/**",
  "**/.*/**",
  "**/*.test.*",
  "**/*.test-d.*",
  "**/*.d.ts",
  "**/*.d.mts",
];

/** Text that a file has which defines a reward. */
const definition = /\bdefine(Reward|Plugin)\s*\(/;

/** Paths such as `./rewards/mine.ts`, relative to `folder`, of files that define rewards by what their text says. */
export async function findRewardFiles(folder: string): Promise<readonly string[]> {
  const [{ default: glob }, { readFile }] = await Promise.all([import("fast-glob"), import("node:fs/promises")]);
  const entries: Entry[] = await glob(patterns, {
    cwd: folder,
    ignore: ignored,
    deep: 8,
    stats: true,
    suppressErrors: true,
  });
  const small = entries.filter(({ stats }) => (stats?.size ?? 0) < 1024 * 1024).map(({ path }) => path);
  const texts = await Promise.all(small.map((path) => readFile(join(folder, path), "utf8").catch(() => "")));
  return small
    .filter((_, index) => definition.test(texts[index] ?? ""))
    .map((path) => `./${path}`)
    .toSorted();
}
