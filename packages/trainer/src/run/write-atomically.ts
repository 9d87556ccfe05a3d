/** Files that are either whole or absent: written beside their place, flushed to the disk, then renamed. */
import { open, rename, rm } from "node:fs/promises";
import { PavlovError } from "@pavlov/core";

const isSystemError = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && "code" in error;

/** Turns the operating system's refusal to write into a sentence for the user; other errors come back as they are. */
export const explainWriteError = (error: unknown, path: string): unknown => {
  if (!isSystemError(error)) return error;
  const reasons: Record<string, string> = {
    ENOSPC: "the disk is full",
    EDQUOT: "your disk quota is used up",
    EACCES: "permission was denied",
    EPERM: "permission was denied",
    EROFS: "the file system is read-only",
    ENOTDIR: "a part of the path is a file, not a folder",
  };
  const reason = reasons[error.code ?? ""];
  if (reason === undefined) return error;
  return new PavlovError(`Cannot write ${path}: ${reason}.`, {
    hint: "Free some space there, or choose another folder with --output.",
    cause: error,
  });
};

/**
 * Writes a whole file. A process killed at any moment leaves the old file or the new one.
 * @throws PavlovError where the disk is full or the place is not writable.
 */
export const writeAtomically = async (path: string, contents: string | Uint8Array): Promise<void> => {
  const temporary = `${path}.${process.pid}.tmp`;
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
