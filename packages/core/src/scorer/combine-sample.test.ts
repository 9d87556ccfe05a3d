import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineReward } from "../define-reward.js";
import { common, compositeOf, half, type PartOf, sampleOf, says, scorerOf } from "./composite.test.support.js";
import type { ScorerOptions } from "./types.js";

describe("nested composites", () => {
  const equals = defineReward({
    ...common,
    name: "equals",
    columns: z.object({ answer: z.string() }),
    score: ({ completion, columns }) => ({
      score: completion === columns.answer ? 1 : 0,
      reason: `wanted ${columns.answer}`,
      metrics: { tries: 2 },
      usage: { requests: 3 },
    }),
  });
  const inner = (part: Partial<PartOf> = {}) =>
    compositeOf({
      says: { reward: says, ...part },
      equals: { reward: equals, columns: { answer: "gold" }, weight: 0.5 },
    });
  const rows = (...completions: readonly string[]) =>
    completions.map((completion) => sampleOf(completion, { solution: "1" }));

  test("add up, map columns through both mappings and show their parts as metrics", async () => {
    const scorer = scorerOf({
      inner: { reward: inner(), columns: { gold: "solution" }, weight: 2 },
      half: { reward: half },
    });
    const batch = await scorer.score(rows("1", "skip"));
    expect(batch.names).toEqual(["inner", "half"]);
    expect(batch.total).toEqual([3.5, 0.5]);
    expect(batch.metrics[0]?.[0]).toEqual({ says: 1, equals: 0.5 * 2, "equals/tries": 2 });
    expect(batch.reasons[0]).toEqual(["equals: wanted 1", undefined]);
    expect(batch.usage?.[0]).toEqual([{ "equals/requests": 3 }, undefined]);
  });

  test("a part's failure stays a failure", async () => {
    const part = { columns: { gold: "solution" } };
    const batch = await scorerOf({ inner: { reward: inner(), ...part } }).score(rows("fail", "1"));
    expect(batch.total).toEqual([null, 1.5]);
    expect(batch.failures[0]?.[0]).toEqual({
      reward: "inner/says",
      message: 'Reward "inner/says" failed on sample 0 (group "g"): cannot read it',
    });
  });

  test("policies count from the inside out", async () => {
    const part = { columns: { gold: "solution" } };
    const scoreOf = async (outer: Partial<PartOf>, own: Partial<PartOf>, options?: ScorerOptions) =>
      (await scorerOf({ inner: { reward: inner(own), ...part, ...outer } }, options).score(rows("fail", "1"))).total;
    expect(await scoreOf({}, { onError: { score: 0.5 } })).toEqual([0.5, 1.5]);
    expect(await scoreOf({ onError: { score: 0.125 } }, {})).toEqual([0.125, 1.5]);
    expect(await scoreOf({}, { onError: "drop" }, { onError: "fail" })).toEqual([null, 1.5]);
    await expect(scoreOf({ onError: "fail" }, {})).rejects.toThrow("cannot read it");
    await expect(scoreOf({ onError: "fail" }, { onError: "drop" })).rejects.toThrow("cannot read it");
  });

  test("hand their limits down", () => {
    expect(() => scorerOf({ inner: { reward: inner(), timeout: 50 } })).toThrow(
      'Reward "inner/says" has a time limit of 50 ms',
    );
  });
});
