// Puts a model's or an adapter's files in the place of a folder, where the disk has room for them.
import { statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { PavlovError } from "@pavlov/core";
import { explainWriteError } from "../run/write-atomically.js";
import { replaceFolder } from "./replace-folder.js";

/**
 * Lets `write` fill a new folder of about `needed` bytes, as `replaceFolder` does. Throws a PavlovError where the disk
 * is full (with free and needed bytes), before anything is written where the system says how much room there is, or
 * where the place is not writable; the old folder is there then.
 */
export async function saveInPlace(
  folder: string,
  needed: number,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  try {
    await replaceFolder(folder, async (temporary) => {
      const free = await freeBytes(temporary);
      if (free !== null && free < needed) throw diskFull(folder, free, needed);
      await write(temporary);
    });
  } catch (error) {
    if (isDiskFull(error)) throw diskFull(folder, await freeBytes(dirname(resolve(folder))), needed, error);
    throw explainWriteError(error, folder);
  }
}

async function freeBytes(place: string): Promise<number | null> {
  return statfs(place).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => null,
  );
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}

function diskFull(folder: string, free: number | null, needed: number, cause?: unknown): PavlovError {
  const room = free === null ? "" : `: ${megabytes(free)} are free, ${megabytes(needed)} needed`;
  return new PavlovError(`Cannot write the model to ${folder}, since the disk has too little room${room}.`, {
    hint: "Free some space there, or choose another folder with --output. What stood there before is unharmed.",
    cause,
  });
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toLocaleString("en", { maximumFractionDigits: 1 })} MB`;
