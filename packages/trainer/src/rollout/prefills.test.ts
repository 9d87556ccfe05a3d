import { expect, test } from "vitest";
import { planPrefills } from "./prefills.js";

const promptsOf = (lengths: readonly number[]) => lengths.map((length) => Array.from({ length }, () => 1));

test("prompts of similar length are read together", () => {
  expect(planPrefills(promptsOf([10, 100, 9, 10, 98]), 8)).toEqual([
    [2, 0, 3],
    [4, 1],
  ]);
});

test("every prompt is read once, and no more at a time than are allowed", () => {
  const lengths = Array.from({ length: 40 }, (_, index) => 1 + ((index * 37) % 200));
  const batches = planPrefills(promptsOf(lengths), 3);
  expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(3);
  expect(batches.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
});

test("a long prompt is read alone", () => {
  expect(planPrefills(promptsOf([5000, 5000]), 8)).toEqual([[0], [1]]);
});
