import { expect, test } from "vitest";
import { appliedCoefficient, initialEntropyState, nextEntropyState, type EntropyOptions } from "./entropy.js";

const options: EntropyOptions = {
  entropyCoef: 0.01,
  useAdaptiveEntropy: true,
  entropyCoefMin: 0.004,
  entropyCoefMax: 0.018,
  entropyCoefDelta: 0.005,
  entropyTarget: 0.5,
};

test("a fixed coefficient applies always and never moves", () => {
  const fixed = { ...options, useAdaptiveEntropy: false };
  const state = initialEntropyState(fixed);
  expect(appliedCoefficient(state, fixed)).toBe(0.01);
  expect(nextEntropyState(state, 1, 10, fixed)).toEqual(state);
});

test("an adaptive coefficient waits until entropy was seen at or below the target", () => {
  const start = initialEntropyState(options);
  expect(appliedCoefficient(start, options)).toBe(0);
  const low = nextEntropyState(start, 5, 10, options);
  expect(low.coefficient).toBeCloseTo(0.015, 12);
  expect(appliedCoefficient(low, options)).toBe(low.coefficient);
  const high = nextEntropyState(low, 20, 10, options);
  expect(high.coefficient).toBeCloseTo(0.01, 12);
  expect(appliedCoefficient(high, options)).toBe(0);
});

test("the coefficient stays between its bounds", () => {
  let state = initialEntropyState(options);
  for (let step = 0; step < 5; step += 1) state = nextEntropyState(state, 1, 10, options);
  expect(state.coefficient).toBe(0.018);
  for (let step = 0; step < 5; step += 1) state = nextEntropyState(state, 100, 10, options);
  expect(state.coefficient).toBe(0.004);
});
