import { expect, it } from "vitest";
import { checkBars } from "./quickstart-bar.mjs";

const result = (before, sampled, greedy) => ({ before: { sampled: before }, after: { sampled, greedy } });
const met = (value) => checkBars(value).map((check) => check.met);

it("is met at the bars themselves", () => {
  expect(met(result(0.45, 0.92, 0.96))).toEqual([true, true, true]);
});

it("is missed by a model that was good from the start, or did not become good", () => {
  expect(met(result(0.46, 0.95, 0.99))).toEqual([false, true, true]);
  expect(met(result(0.34, 0.919, 0.99))).toEqual([true, false, true]);
  expect(met(result(0.34, 0.95, 0.959))).toEqual([true, true, false]);
});

it("is missed by what was not measured", () => {
  expect(met({ before: null, after: { sampled: null, greedy: Number.NaN } })).toEqual([false, false, false]);
  expect(met({})).toEqual([false, false, false]);
});

it("says what was measured and what was wanted", () => {
  expect(checkBars(result(0.34, 0.9, 0.99)).map(({ line }) => line)).toEqual([
    "met     before, sampled: 34.0 % (at most 45.0 %)",
    "MISSED  after, sampled: 90.0 % (at least 92.0 %)",
    "met     after, greedy: 99.0 % (at least 96.0 %)",
  ]);
});
