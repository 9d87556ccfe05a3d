import { expect, test } from "vitest";
import { scoringMetrics } from "./scoring-metrics.js";

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
