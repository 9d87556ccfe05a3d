// The fixtures of every built-in reward tell it from constants and from noise, as those of every plugin must.
import { fileURLToPath } from "node:url";
import type { Reward } from "@pavlov/core";
import { findFixtures, readFixtures, survivingMutants } from "@pavlov/core/testing";
import { describe, expect, it } from "vitest";
import plugin from "./index.js";

const home = fileURLToPath(new URL("..", import.meta.url));

/** Rewards that ask a service or run a model, whose own tests stand in for fixtures. */
const withoutFixtures = ["classifier", "command", "http", "judge", "judge-pairwise"];

describe.each(Object.values<Reward>(plugin.rewards).map((reward) => ({ name: reward.name, reward })))(
  "the fixtures of $name",
  ({ name, reward }) => {
    it("prove something of it", async () => {
      const files = await findFixtures(home, name);
      expect(files).toHaveLength(withoutFixtures.includes(name) ? 0 : 1);
      for (const file of files) expect(survivingMutants(reward, (await readFixtures(file)).fixtures)).toEqual([]);
    });
  },
);
