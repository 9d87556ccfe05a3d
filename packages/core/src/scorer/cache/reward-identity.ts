/** What a reward is, for results that are kept of it: another text means that they no longer hold. */
import { identifySource } from "../../identity/identify-source.js";
import type { RewardUse } from "../types.js";

/**
 * The reward's name and version and the hash of its code: of the files of its package, or of its own file and those that
 * it imports. Undefined where nothing tells one version of the reward from another: it is not imported by reference and
 * names no version.
 */
export async function rewardIdentity({
  reward,
  source,
}: Pick<RewardUse, "reward" | "source">): Promise<object | undefined> {
  const { name, version = null } = reward;
  const code = source && (await identifySource(source));
  if (source && code) return { name, version, exportName: source.exportName, integrity: code.integrity };
  return version === null ? undefined : { name, version };
}
