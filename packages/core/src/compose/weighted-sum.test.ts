import { expect, test } from "vitest";
import type { Range } from "../reward.js";
import { weightedSum } from "./weighted-sum.js";

test("adds weighted scores and leaves abstentions out", () => {
  const { total } = weightedSum({ a: 2, b: -0.5 });
  expect(total({ a: 1, b: 4 })).toBe(0);
  expect(total({ a: null, b: 4 })).toBe(-2);
  expect(total({ a: 1 })).toBe(2);
});

test("abstains where every reward does", () => {
  expect(weightedSum({ a: 1, b: 1 }).total({ a: null, b: null })).toBeNull();
});

test("a metric of weight 0 neither adds nor keeps the total from abstaining", () => {
  const { total } = weightedSum({ a: 1, metric: 0 });
  expect(total({ a: 3, metric: 100 })).toBe(3);
  expect(total({ a: null, metric: 100 })).toBeNull();
});

test("where all weights are 0 the total is 0", () => {
  expect(weightedSum({ metric: 0 }).total({ metric: 5 })).toBe(0);
  expect(weightedSum({ metric: 0 }).total({ metric: null })).toBeNull();
  expect(weightedSum({ metric: 0 }).range({ metric: [3, 5] })).toEqual([0, 0]);
});

test.each<[Record<string, number>, Record<string, Range>, Range]>([
  [{ a: 1, b: 2 }, { a: [0, 1], b: [-1, 1] }, [-2, 3]],
  [{ a: -1 }, { a: [0, 2] }, [-2, 0]],
  [{ a: 1, b: 1 }, { a: [0, null], b: [-1, 0] }, [-1, null]],
  [{ a: -1, b: 1 }, { a: [0, null], b: [0, 1] }, [null, 1]],
  [{ a: 1, b: 0 }, { a: [0, 1], b: [null, null] }, [0, 1]],
  // Either may abstain, so that the other stands alone.
  [{ a: 1, b: 1 }, { a: [1, 2], b: [3, 4] }, [1, 6]],
  [{ a: 1, b: 1 }, { a: [-2, -1], b: [-4, -3] }, [-6, -1]],
])("weights %j over ranges %j give the range %j", (weights, ranges, expected) => {
  expect(weightedSum(weights).range(ranges)).toEqual(expected);
});
