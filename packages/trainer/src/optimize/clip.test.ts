import { expect, test } from "vitest";
import { clipCoefficient, globalNorm } from "./clip.js";

test("the global norm spans all gradients", () => {
  expect(globalNorm([Float32Array.of(3), Float32Array.of(0, 4), Float32Array.of(12)])).toBe(13);
  expect(globalNorm([])).toBe(0);
});

test("a norm above the limit is scaled down to it, as PyTorch does with 1e-6 added", () => {
  expect(clipCoefficient(5, 1)).toBe(1 / 5.000001);
});

test("a norm below the limit is left alone", () => {
  expect(clipCoefficient(0.3, 1)).toBe(1);
  expect(clipCoefficient(0, 1)).toBe(1);
});

test("a limit of 0 does not clip", () => {
  expect(clipCoefficient(1000, 0)).toBe(1);
});
