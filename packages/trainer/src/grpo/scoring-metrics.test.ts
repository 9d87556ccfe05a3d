import { expect, test } from "vitest";
import { abstentionsOf, scoringMetrics } from "./scoring-metrics.js";

test("errors are counted, metrics of rewards averaged over the samples that have them", () => {
  const failure = { reward: "judge", message: "no answer" };
  expect(
    scoringMetrics({
      names: ["exact", "judge"],
      scores: [
        [1, 0],
        [0, null],
        [1, 1],
        [0, 1],
      ],
      total: [1, null, 2, 1],
      reasons: [],
      metrics: [
        [{ digits: 2 }, undefined],
        [{ digits: 4 }, undefined],
        [undefined, { cost: 3 }],
        [undefined, undefined],
      ],
      failures: [
        [undefined, undefined],
        [undefined, failure],
        [undefined, undefined],
        [undefined, undefined],
      ],
    }),
  ).toEqual({
    "rewards/exact/metrics/digits": 3,
    "rewards/judge/errors": 1,
    "rewards/judge/metrics/cost": 3,
    "rewards/unscored": 0.25,
  });
});

test("usage is summed over the samples that were scored anew, and kept results are counted", () => {
  expect(
    scoringMetrics({
      names: ["judge", "exact"],
      scores: [
        [1, 0],
        [0, 0],
        [1, 1],
      ],
      total: [1, 0, 2],
      reasons: [],
      metrics: [],
      failures: [[], [], []],
      usage: [[{ requests: 2, cost: 0.25 }, undefined], [undefined, undefined], [{ requests: 1, cost: 0.5 }]],
      cacheHits: [
        [0, 0],
        [1, 0],
        [0, 0],
      ],
    }),
  ).toEqual({ "rewards/judge/cache_hits": 1, "rewards/judge/usage/requests": 3, "rewards/judge/usage/cost": 0.75 });
});

const abstaining = {
  names: ["exact", "judge"],
  scores: [
    [null, 0],
    [null, null],
    [1, 1],
    [null, 1],
  ],
  total: [0, null, 2, 1],
  reasons: [[undefined, undefined], ["no gold", undefined], [], ["no gold either", undefined]],
  metrics: [],
  failures: [[], [undefined, { reward: "judge", message: "no answer" }], [], []],
};

test("abstentions are counted apart from errors", () => {
  expect(scoringMetrics(abstaining)).toEqual({
    "rewards/exact/abstained": 3,
    "rewards/judge/errors": 1,
    "rewards/unscored": 0.25,
  });
});

test("of a reward that abstained the rows are counted, and the first reason is kept", () => {
  expect(abstentionsOf(abstaining, 2)).toEqual([{ reward: "exact", completions: 3, rows: 2, firstReason: "no gold" }]);
  expect(abstentionsOf(abstaining, 4)[0]?.rows).toBe(1);
});
