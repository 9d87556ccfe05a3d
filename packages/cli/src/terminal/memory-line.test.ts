import { expect, test } from "vitest";
import { memoryLine } from "./memory-line.js";

const GIGABYTE = 2 ** 30;
const parts = {
  weights: 0.5 * GIGABYTE,
  reference: 0,
  adapter: 0,
  gradients: 0.6 * GIGABYTE,
  moments: GIGABYTE,
  activations: 0.5 * GIGABYTE,
  scores: 0.4 * GIGABYTE,
  rollout: 0.02 * GIGABYTE,
  overhead: 0.2 * GIGABYTE,
};
const event = { type: "memory", parts, limit: "machine" } as const;

test("what a run needs is told by parts, the largest first and small ones left out", () => {
  expect(memoryLine({ ...event, needed: 3.22 * GIGABYTE, available: 23.5 * GIGABYTE })).toBe(
    "memory: about 3.2 of 23.5 GB: moments 1.0, gradients 0.6, weights 0.5, activations 0.5, scores 0.4, overhead 0.2",
  );
});

test("a small run says nothing unless the machine is small as well", () => {
  expect(memoryLine({ ...event, needed: 0.5 * GIGABYTE, available: 8 * GIGABYTE })).toBeUndefined();
  expect(memoryLine({ ...event, needed: 0.5 * GIGABYTE, available: 0.75 * GIGABYTE })).toContain("0.5 of 0.8 GB");
});
