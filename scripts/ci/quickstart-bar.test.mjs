import { expect, it } from "vitest";
import { checkBars, timeLine } from "./quickstart-bar.mjs";

const result = (before, sampled, greedy) => ({ before: { sampled: before }, after: { sampled, greedy } });
const met = (value) => checkBars(value).map((check) => check.met);

it("is met at the bars themselves", () => {
  expect(met(result(0.45, 0.92, 0.98))).toEqual([true, true, true]);
});

it("is missed by a model that was good from the start, or did not become good", () => {
  expect(met(result(0.46, 0.95, 0.99))).toEqual([false, true, true]);
  expect(met(result(0.34, 0.919, 0.99))).toEqual([true, false, true]);
  expect(met(result(0.34, 0.95, 0.979))).toEqual([true, true, false]);
});

it("is missed by what was not measured", () => {
  expect(met({ before: null, after: { sampled: null, greedy: Number.NaN } })).toEqual([false, false, false]);
  expect(met({})).toEqual([false, false, false]);
});

it("says what was measured and what was wanted", () => {
  expect(checkBars(result(0.34, 0.9, 0.99)).map(({ line }) => line)).toEqual([
    "met     before, sampled: 34.0 % (at most 45.0 %)",
    "MISSED  after, sampled: 90.0 % (at least 92.0 %)",
    "met     after, greedy: 99.0 % (at least 98.0 %)",
  ]);
});

it("tells the training's time beside its bar without failing on it", () => {
  expect(timeLine({ trainSeconds: 98.76 })).toBe("noted   training: 98.8 s (bar 120 s: within it)");
  expect(timeLine({ trainSeconds: 121 })).toBe(
    "noted   training: 121.0 s (bar 120 s: more; not held against it, since machines are noisy)",
  );
  expect(timeLine({})).toBe("noted   training: no time");
});
