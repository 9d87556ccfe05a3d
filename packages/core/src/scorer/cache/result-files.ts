/** Results of rewards on disk, a file each, named by the hash of all that they came from (as ccache and turbo do). */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** A folder of results. Any number of processes may read and write it at once, and whoever likes may empty it. */
export interface ResultFiles {
  /** What was kept under a key (a hash in hexadecimal); undefined where that is nothing, or damaged. Never rejects. */
  read(key: string): Promise<unknown>;
  /** Keeps `results`, which JSON can say. Rejects with the file system's error. */
  write(key: string, results: unknown): Promise<void>;
}

export function openResultFiles(folder: string): ResultFiles {
  const root = resolve(folder);
  const pathOf = (key: string) => join(root, key.slice(0, 2), `${key.slice(2)}.json`);
  let made: Promise<void> | undefined;
  return {
    async read(key) {
      const text = await readFile(pathOf(key), "utf8").catch(() => undefined);
      return text === undefined ? undefined : unseal(text);
    },
    async write(key, results) {
      await (made ??= makeFolder(root));
      const path = pathOf(key);
      await mkdir(dirname(path), { recursive: true });
      const temporary = `${path}.${randomUUID()}.tmp`;
      try {
        await writeFile(temporary, seal(results));
        // Never flushed to the disk: what a power failure damages is seen by its checksum.
        await rename(temporary, path);
      } catch (thrown) {
        await rm(temporary, { force: true });
        throw thrown;
      }
    },
  };
}

/** The folder, which no version control is to keep. */
async function makeFolder(root: string): Promise<void> {
  await mkdir(root, { recursive: true });
  await writeFile(join(root, ".gitignore"), "*\n");
}

function seal(results: unknown): string {
  const text = JSON.stringify(results);
  return `{"sha256":"${checksum(text)}","results":${text}}\n`;
}

function unseal(text: string): unknown {
  try {
    const { sha256, results } = JSON.parse(text) as { sha256?: unknown; results?: unknown };
    return sha256 === checksum(JSON.stringify(results)) ? results : undefined;
  } catch {
    return undefined;
  }
}

function checksum(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
