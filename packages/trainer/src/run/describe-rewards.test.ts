import { compose, defineReward, use } from "@pavlov/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { describeRewards } from "./describe-rewards.js";

const short = defineReward({
  name: "short",
  description: "1 if the completion is short.",
  params: z.object({ limit: z.number().default(100) }),
  range: [0, 1],
  score: ({ completion }, { params }) => (completion.length <= params.limit ? 1 : 0),
});

test("one reward is described as a composite of it, with the params that it runs with", () => {
  const described = { parts: { short: { reward: "short", weight: 1, columns: {}, params: { limit: 100 } } } };
  expect(describeRewards(short)).toEqual(described);
  expect(describeRewards(compose({ short: use(short) }))).toEqual(described);
});

test("a composite is described with its expression and the places of its rewards", () => {
  const source = { module: "file:///rewards.js", exportName: "short" };
  const composite = compose({ brief: use(short, { params: { limit: 5 }, source }) }, { combine: "brief * 2" });
  expect(describeRewards(composite)).toEqual({
    parts: { brief: { reward: "short", weight: 1, columns: {}, params: { limit: 5 }, source } },
    combine: "brief * 2",
  });
});
