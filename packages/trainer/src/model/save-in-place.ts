// Puts a model's or an adapter's files in the place of a folder, where the disk has room for them.
import { PavlovError } from "@pavlov/core";
import { freeBytes, megabytes } from "../run/disk.js";
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
      const free = await freeBytesOrNull(temporary);
      if (free !== null && free < needed) throw diskFull(folder, free, needed);
      await write(temporary);
    });
  } catch (error) {
    if (isDiskFull(error)) throw diskFull(folder, await freeBytesOrNull(folder), needed, error);
    throw explainWriteError(error, folder);
  }
}

const freeBytesOrNull = (folder: string): Promise<number | null> => freeBytes(folder).catch(() => null);

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
