/** What saving asks of a disk: how much room it has, and that what was written is on it. */
import { open, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * Free bytes of the disk that holds a folder, or will hold it: asked of the nearest parent that is there.
 * @throws the system's error where it does not say.
 */
export const freeBytes = async (path: string): Promise<number> => {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    const parent = dirname(resolve(path));
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (!isMissing || parent === resolve(path)) throw error;
    return freeBytes(parent);
  }
};

/** `1,024 MB`, in units of 2^20 bytes, rounded up. */
export const megabytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20).toLocaleString("en")} MB`;

/** Flushes a folder's list of names: new ones are on the disk then. Windows cannot, and need not. */
export const flushFolder = async (path: string): Promise<void> => {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};
