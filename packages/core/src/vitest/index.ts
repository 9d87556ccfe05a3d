/**
 * Testing rewards with vitest: `@pavlov/core/vitest`. Importing it adds the matchers to `expect`. What needs no test
 * runner is `@pavlov/core/testing`.
 */
import { expect } from "vitest";
import { rewardMatchers } from "./matchers.js";

expect.extend(rewardMatchers);

export { score } from "./score.js";
export { testReward, type TestRewardOptions } from "./test-reward.js";
export type { RewardMatchers } from "./matchers.js";
export type { FixtureRow, ScoredSample } from "../testing/index.js";
