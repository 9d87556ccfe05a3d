import { expect, test } from "vitest";
import { meetsBar } from "./measurement.js";
import { seedMeasurements, type SeedResult } from "./seeds.js";

const good: SeedResult = { seed: 0, before: 0.34, after: 0.96, greedy: 0.99, seconds: 90 };

const missed = (...results: readonly SeedResult[]): string[] =>
  seedMeasurements(results)
    .filter((each) => meetsBar(each) === false)
    .map(({ name }) => name);

test("seeds at the bars themselves meet them", () => {
  const worst = { seed: 1, before: 0.45, after: 0.92, greedy: 0.98, seconds: 120 };
  expect(missed(good, worst)).toEqual([]);
});

test("a seed that falls short is named, and is the worst", () => {
  const short = { ...good, seed: 1, after: 0.919, greedy: 0.979 };
  expect(missed(good, good, good, short)).toEqual([
    "seed 1: after, sampled",
    "seed 1: after, greedy",
    "worst: after, sampled",
    "worst: after, greedy",
  ]);
  expect(missed({ ...good, before: 0.46, seconds: 121 })).toContain("worst: training");
});

test("seeds that are each good enough may still not be so on average", () => {
  expect(missed({ ...good, after: 0.93 }, { ...good, seed: 1, after: 0.93 })).toEqual(["mean: after, sampled"]);
});
