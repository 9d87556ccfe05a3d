/** What a reward is, for results that are kept of it: another text means that they no longer hold. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RewardUse } from "../types.js";

/**
 * The reward's name and version, the bytes of the file that it is imported from, and the nearest package with its
 * version. What the file imports is not looked at. Undefined where nothing tells one version of the reward from
 * another: it is not imported by reference and names no version.
 */
export async function rewardIdentity({
  reward,
  source,
}: Pick<RewardUse, "reward" | "source">): Promise<object | undefined> {
  const { name, version = null } = reward;
  if (source?.module.startsWith("file:")) {
    const path = fileURLToPath(source.module);
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes) {
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      return { name, version, exportName: source.exportName, sha256, package: await nearestPackage(path) };
    }
  }
  return version === null ? undefined : { name, version };
}

/** `name@version` of the nearest package.json above a file that has both. */
async function nearestPackage(path: string): Promise<string | null> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const text = await readFile(join(folder, "package.json"), "utf8").catch(() => "{}");
    const found = readIdentity(text);
    if (found !== undefined) return found;
    if (folder === dirname(folder)) return null;
  }
}

function readIdentity(text: string): string | undefined {
  try {
    const { name, version } = JSON.parse(text) as { name?: unknown; version?: unknown };
    return typeof name === "string" && typeof version === "string" ? `${name}@${version}` : undefined;
  } catch {
    return undefined;
  }
}
