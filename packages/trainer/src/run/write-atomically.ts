/** Files that are either whole or absent: written beside their place, flushed to the disk, then renamed. */
import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { PavlovError } from "@pavlov/core";

const isSystemError = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && "code" in error;

const MORE_ROOM = "Free some space there, or choose another folder with --output.";
const MORE_RIGHTS = "Choose a folder that you may write to with --output, or change its permissions.";
const OTHER_FOLDER = "Choose another folder with --output.";

/** By the error's code: what is wrong, and what to do. */
const REFUSALS: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOSPC: ["the disk is full", MORE_ROOM],
  EDQUOT: ["your disk quota is used up", MORE_ROOM],
  EACCES: ["permission was denied", MORE_RIGHTS],
  EPERM: ["permission was denied", MORE_RIGHTS],
  EROFS: ["the file system is read-only", "Choose a folder on another file system with --output."],
  ENOTDIR: ["a part of the path is a file, not a folder", OTHER_FOLDER],
  EEXIST: ["a file of that name is in the way", OTHER_FOLDER],
  EISDIR: ["a folder of that name is in the way", OTHER_FOLDER],
  ENAMETOOLONG: ["its name is too long", "Choose a folder with a shorter name with --output."],
};

/** Turns the operating system's refusal to write into a sentence for the user; other errors come back as they are. */
export const explainWriteError = (error: unknown, path: string): unknown => {
  if (!isSystemError(error)) return error;
  const refusal = REFUSALS[error.code ?? ""];
  if (refusal === undefined) return error;
  const [reason, hint] = refusal;
  return new PavlovError(`Cannot write ${path}: ${reason}.`, { hint, cause: error });
};

/**
 * Writes a whole file. A process killed at any moment leaves the old file or the new one.
 * @throws PavlovError where the disk is full or the place is not writable.
 */
export const writeAtomically = async (path: string, contents: string | Uint8Array): Promise<void> => {
  // Process ids are one machine's, or one container's: others may write on the same disk, and so may this one twice.
  const temporary = `${path}.${randomUUID().slice(0, 8)}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, "w");
    try {
      await file.writeFile(contents);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw explainWriteError(error, path);
  }
};
