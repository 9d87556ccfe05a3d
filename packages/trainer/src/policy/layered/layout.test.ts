import { expect, test } from "vitest";
import type { TokenRow } from "../protocol.js";
import { layOutShared, packedTokens } from "./layout.js";

const rows: readonly TokenRow[] = [
  { promptIds: [5, 6, 7], completionIds: [8, 9, 2], advantage: 1 },
  { promptIds: [4], completionIds: [3, 2], masked: true },
  { promptIds: [5, 6, 7], completionIds: [10], advantage: -1 },
];

test("equal prompts are laid out once, completions before them", () => {
  const { shape, ids, targets, membership } = layOutShared(rows, 0);
  expect(shape).toEqual({ rows: 3, completionTokens: 8, prompts: 2, prefixTokens: 8 });
  expect(ids).toHaveLength(packedTokens(shape));
  expect(Array.from(ids.subarray(0, 8))).toEqual([7, 8, 9, 0, 0, 0, 0, 0]);
  expect(Array.from(targets.subarray(0, 8))).toEqual([8, 9, 2, 0, 0, 0, 0, 0]);
  expect(Array.from(ids.subarray(24, 32))).toEqual([5, 6, 0, 0, 0, 0, 0, 0]);
  expect(Array.from(membership)).toEqual([1, 0, 0, 1, 1, 0]);
});

test("a completion's positions follow its prompt's, and padding is beyond every query", () => {
  const { positions, keyPositions } = layOutShared(rows, 0);
  expect(Array.from(positions.subarray(0, 4))).toEqual([2, 3, 4, 5]);
  expect(Array.from(positions.subarray(8, 11))).toEqual([0, 1, 2]);
  expect(Array.from(keyPositions.subarray(0, 2))).toEqual([0, 1]);
  expect(Math.min(...keyPositions.subarray(2))).toBeGreaterThan(1e9);
});

test("masked rows count no token, and others their own", () => {
  const { loss } = layOutShared(rows, 0);
  expect(Array.from(loss.completionMask.subarray(0, 4))).toEqual([1, 1, 1, 0]);
  expect(Array.from(loss.completionMask.subarray(8, 16)).every((value) => value === 0)).toBe(true);
  expect(Array.from(loss.advantages)).toEqual([1, 0, -1]);
});

test("an empty prompt is an error", () => {
  expect(() => layOutShared([{ promptIds: [], completionIds: [1] }], 0)).toThrow("A prompt has no tokens.");
});
