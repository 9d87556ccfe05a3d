/** The fixtures of a plugin's reward: `fixtures/<reward>.jsonl`, `.yaml` or `.yml` from the package's root. */
import { errorMessage } from "@pavlov/core";
import { findFixtures, readFixtures, type FixtureFile } from "@pavlov/core/testing";
import type { Finding } from "./finding.js";

export interface RewardFixtures {
  /** Empty where the reward has none. */
  readonly files: readonly FixtureFile[];
  /** Rows of all files. */
  readonly count: number;
}

/** The fixtures, or what is wrong with a file of them. */
export async function readRewardFixtures(folder: string, reward: string): Promise<RewardFixtures | Finding> {
  const files: FixtureFile[] = [];
  for (const path of await findFixtures(folder, reward)) {
    try {
      files.push(await readFixtures(path));
    } catch (thrown) {
      const details = errorMessage(thrown).split("\n");
      const message = `The fixtures of "${reward}" cannot be read.`;
      return { rule: "fixtures", reward, message, details, fix: "Mend the lines that are named." };
    }
  }
  return { files, count: files.reduce((sum, { fixtures }) => sum + fixtures.length, 0) };
}
