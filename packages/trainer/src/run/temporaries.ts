/**
 * Clears away what a killed process left half written: files and folders named `….<process id>.tmp`, or
 * `….<process id>.tmp.saving` where a model was being written into such a folder.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

const TEMPORARY = /\.(\d+)\.tmp(?:\.\w+)?$/;

/** Whether another process of this id is running, which may still be writing. */
export const isRunning = (id: number): boolean => {
  if (id === process.pid) return false;
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};

/** Removes temporary files and folders that lie in a folder; those of running processes stay. */
export const clearTemporaries = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder).catch((): string[] => [])) {
    const id = TEMPORARY.exec(name)?.[1];
    if (id === undefined || isRunning(Number(id))) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
};
