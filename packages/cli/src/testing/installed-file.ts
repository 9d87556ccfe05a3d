/** Which files are not the user's own to change. */
import { realpath } from "node:fs/promises";

/**
 * Whether a file is of an installed package: what lies there is its author's, and other contents would give the package
 * another integrity. A package that is linked in, as those of workspaces are, is the user's own.
 */
export async function isInstalled(file: string): Promise<boolean> {
  const path = await realpath(file).catch(() => file);
  return path.split(/[\\/]/).includes("node_modules");
}
