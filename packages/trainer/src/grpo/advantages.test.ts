import { PavlovError } from "@pavlov/core";
import { describe, expect, test } from "vitest";
import { computeAdvantages, type AdvantageInput } from "./advantages.js";

const base: Omit<AdvantageInput, "scores"> = {
  weights: [1],
  numGenerations: 4,
  scaleRewards: "group",
  aggregation: "sum_then_normalize",
};

const column = (...values: (number | null)[]) => values.map((value) => [value]);

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, index) => expect(value).toBeCloseTo(expected[index] as number, 8));
}

describe("scaled by the group", () => {
  test("one success in four is 0.75 / (0.5 + 1e-4) above its group", () => {
    const { advantages } = computeAdvantages({ ...base, scores: column(1, 0, 0, 0) });
    expectClose(advantages, [0.75 / 0.5001, -0.25 / 0.5001, -0.25 / 0.5001, -0.25 / 0.5001]);
  });

  test("a group of equal scores has no advantage and counts as without deviation", () => {
    const result = computeAdvantages({ ...base, scores: column(1, 0, 0, 1, 2, 2, 2, 2) });
    expectClose(result.advantages.slice(4), [0, 0, 0, 0]);
    expect(result.isStdZero).toEqual([false, false, false, false, true, true, true, true]);
    expect(result.fracRewardZeroStd).toBe(0.5);
  });

  test("groups do not see each other", () => {
    const [first] = [computeAdvantages({ ...base, scores: column(1, 0, 0, 0, 9, 5, 7, 2) })];
    expectClose(first.advantages.slice(0, 4), computeAdvantages({ ...base, scores: column(1, 0, 0, 0) }).advantages);
  });
});

test("scaled by the batch, every group shares one deviation", () => {
  const scores = column(1, 0, 3, 4);
  const { advantages, deviations } = computeAdvantages({ ...base, numGenerations: 2, scaleRewards: "batch", scores });
  const deviation = Math.sqrt((1 + 4 + 1 + 4) / 3);
  expectClose(deviations, [deviation, deviation, deviation, deviation]);
  expectClose(
    advantages,
    [0.5, -0.5, -0.5, 0.5].map((centred) => centred / (deviation + 1e-4)),
  );
});

test("unscaled, an advantage is the distance from the group's mean", () => {
  const { advantages } = computeAdvantages({ ...base, scaleRewards: "none", scores: column(1, 0, 0, 0) });
  expectClose(advantages, [0.75, -0.25, -0.25, -0.25]);
});

test("weights multiply scores, and an abstention leaves the others their sum", () => {
  const scores = [
    [1, 4],
    [null, 2],
    [1, null],
    [null, null],
  ];
  const { totals, advantages } = computeAdvantages({ ...base, weights: [1, 0.5], scaleRewards: "none", scores });
  expect(totals).toEqual([3, 1, 1, null]);
  expectClose(advantages, [4 / 3, -2 / 3, -2 / 3, 0]);
});

test("totals that were given replace the weighted sum, and a null total moves nothing", () => {
  const scores = column(1, 0, 5, 100);
  const { advantages, totals } = computeAdvantages({ ...base, scaleRewards: "none", scores, totals: [2, 4, 6, null] });
  expectClose(advantages, [-2, 0, 2, 0]);
  expect(totals).toEqual([2, 4, 6, null]);
});

test("one score alone in its group has no advantage and no deviation", () => {
  const { advantages, deviations, isStdZero } = computeAdvantages({ ...base, scores: column(1, null, null, null) });
  expectClose(advantages, [0, 0, 0, 0]);
  expect(deviations.every(Number.isNaN)).toBe(true);
  expect(isStdZero).toEqual([false, false, false, false]);
});

describe("GDPO", () => {
  const gdpo: Omit<AdvantageInput, "scores"> = {
    ...base,
    numGenerations: 2,
    weights: [1, 2],
    aggregation: "normalize_then_sum",
  };

  test("normalizes each reward in its group, adds, and normalizes over the batch", () => {
    const scores = [
      [1, 10],
      [0, 30],
      [1, 5],
      [1, 5],
    ];
    const { rewards, advantages } = computeAdvantages({ ...gdpo, scores });
    const a = 0.5 / (Math.SQRT1_2 + 1e-4);
    const b = 10 / (Math.sqrt(200) + 1e-4);
    const sums = [a - 2 * b, -a + 2 * b, 0, 0];
    expectClose(rewards as number[], sums);
    const deviation = Math.sqrt((2 * (2 * b - a) ** 2) / 3);
    expectClose(
      advantages,
      sums.map((value) => value / (deviation + 1e-4)),
    );
  });

  test("leaves a completion that failed out of every reward's mean", () => {
    const scores = [
      [1, 1],
      [0, 0],
      [500, 500],
      [3, 4],
    ];
    const failed = computeAdvantages({ ...gdpo, scores, totals: [3, 0, null, 11] });
    const absent = [
      [1, 1],
      [0, 0],
      [null, null],
      [3, 4],
    ];
    expectClose(failed.advantages, computeAdvantages({ ...gdpo, scores: absent }).advantages);
    expect(failed.advantages[2]).toBe(0);
  });

  test("refuses totals that come from an expression", () => {
    const attempt = () =>
      computeAdvantages({
        ...gdpo,
        scores: [
          [1, 1],
          [0, 0],
        ],
        totals: [1, 0],
        combined: true,
      });
    expect(attempt).toThrow(PavlovError);
    expect(attempt).toThrow("use sum_then_normalize");
  });
});

test("scores that are not whole groups are refused with their number", () => {
  expect(() => computeAdvantages({ ...base, scores: column(1, 0, 1) })).toThrow(
    "3 scored completions are not whole groups of numGenerations (4)",
  );
});
