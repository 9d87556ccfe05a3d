/** Whether the cache's disk has room for a download, asked before it begins. */
import { mkdir } from "node:fs/promises";
import { PavlovError } from "@pavlov/core";
import { freeBytes, megabytes } from "../run/disk.js";
import { explainWriteError } from "../run/write-atomically.js";
import type { RepositoryCache, RepositoryFile } from "./cache.js";
import { begunBytes } from "./partial-file.js";

/** @throws PavlovError where the files need more than is free. */
export async function requireSpace(
  cache: RepositoryCache,
  files: readonly RepositoryFile[],
  freeBytesOf: (folder: string) => Promise<number> = freeBytes,
): Promise<void> {
  let needed = 0;
  for (const file of files) {
    needed += Math.max(0, file.size - (await begunBytes(cache.blobPath(file))));
  }
  await mkdir(cache.folder, { recursive: true });
  const free = await freeBytesOf(cache.folder);
  if (free >= needed) return;
  const message = `Not enough disk space for the download to ${cache.folder}: ${megabytes(free)} free, ${megabytes(needed)} needed.`;
  throw new PavlovError(message, { hint: "Free some space there, or name a folder on another disk in HF_HOME." });
}

/** The operating system's refusal to write into the cache as a sentence; other errors come back as they are. */
export function explainCacheError(error: unknown, cacheFolder: string): unknown {
  const { path } = error as { path?: unknown };
  const explained = explainWriteError(error, typeof path === "string" ? path : cacheFolder);
  if (explained === error || !PavlovError.isInstance(explained)) return error;
  const hint = "Free some space there, change its permissions, or name another folder in HF_HOME.";
  return new PavlovError(explained.message, { hint, cause: error });
}
