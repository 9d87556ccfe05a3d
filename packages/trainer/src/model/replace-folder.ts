// Replaces a whole folder. Node.js cannot exchange two folders in one step, so there is a moment, between two renames,
// when a killed process leaves no folder of the name; the one before it stands beside then, readers find it there, and
// the next save puts it back.
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { flushFolder } from "../run/disk.js";

/** Written, but not in its place yet; perhaps not whole. */
const savingName = (target: string): string => join(dirname(target), `.${basename(target)}.saving`);

/** What stood there before; always whole where the folder itself is missing. */
const previousName = (target: string): string => join(dirname(target), `.${basename(target)}.previous`);

/** The place of a folder that stands beside it; null for any other path. */
export function replacedPlace(path: string): string | null {
  const name = /^\.(.+)\.previous$/.exec(basename(path))?.[1];
  return name === undefined ? null : join(dirname(path), name);
}

/**
 * Where a folder's contents stand: in its place, or beside it where a process was killed while it replaced the folder.
 * A folder that is nowhere is returned as it is.
 */
export async function standingFolder(folder: string): Promise<string> {
  const target = resolve(folder);
  if (!(await exists(target)) && (await exists(previousName(target)))) return previousName(target);
  return folder;
}

/**
 * Lets `write` fill a new folder and puts it in the place of `folder`. When `write` fails, or the process is killed at
 * any moment, `folder` is what it was or what it was to become (see {@link standingFolder}). Files that `write` does
 * not write are not kept.
 */
export async function replaceFolder(folder: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const target = resolve(folder);
  const temporary = savingName(target);
  await recoverFolder(target);
  try {
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    await write(temporary);
    await flushFolder(temporary);
    await putInPlace(temporary, target);
  } catch (error) {
    await recoverFolder(target);
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** Gives a whole, flushed folder the name of another, which stands beside it until then. Both are absolute. */
export async function putInPlace(temporary: string, target: string): Promise<void> {
  const previous = previousName(target);
  if (await exists(target)) await rename(target, previous);
  await rename(temporary, target);
  await flushFolder(dirname(target));
  await rm(previous, { recursive: true, force: true });
}

/** Ends what a killed process left: the previous folder goes back where there is no other, else away. */
export async function recoverFolder(target: string): Promise<void> {
  const previous = previousName(target);
  if (!(await exists(previous))) return;
  if (await exists(target)) await rm(previous, { recursive: true, force: true });
  else await rename(previous, target);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
