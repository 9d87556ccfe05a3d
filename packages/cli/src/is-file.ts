/** Whether a path leads to a file. */
import { stat } from "node:fs/promises";

/** False for a folder, and where nothing is there or it cannot be looked at. */
export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
