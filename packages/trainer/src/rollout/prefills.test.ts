import { expect, test } from "vitest";
import { planPrefills } from "./prefills.js";

const promptsOf = (lengths: readonly number[]) => lengths.map((length) => Array.from({ length }, () => 1));

/** Indices of the prompts that are read together. */
const read = (lengths: readonly number[], generations: number, maxRows: number): number[][] =>
  planPrefills(promptsOf(lengths), generations, maxRows).map((batch) => batch.map(({ prompt }) => prompt));

test("prompts of similar length are read together", () => {
  expect(read([10, 100, 9, 10, 98], 1, 8)).toEqual([
    [2, 0, 3],
    [4, 1],
  ]);
});

test("every prompt is read once, and no more at a time than are allowed", () => {
  const lengths = Array.from({ length: 40 }, (_, index) => 1 + ((index * 37) % 200));
  const batches = read(lengths, 2, 7);
  expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(3);
  expect(batches.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
});

test("a long prompt is read alone", () => {
  expect(read([5000, 5000], 1, 8)).toEqual([[0], [1]]);
});

test("a group of more completions than are allowed is sampled in parts", () => {
  expect(planPrefills(promptsOf([2, 1]), 5, 2)).toEqual([
    [{ prompt: 1, first: 0, count: 2 }],
    [{ prompt: 1, first: 2, count: 2 }],
    [{ prompt: 1, first: 4, count: 1 }],
    [{ prompt: 0, first: 0, count: 2 }],
    [{ prompt: 0, first: 2, count: 2 }],
    [{ prompt: 0, first: 4, count: 1 }],
  ]);
  expect(planPrefills(promptsOf([1]), 2, 2)).toEqual([[{ prompt: 0, first: 0, count: 2 }]]);
});
