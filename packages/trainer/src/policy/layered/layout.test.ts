import { expect, test } from "vitest";
import type { TokenRow } from "../protocol.js";
import { layOutShared, slotsOf } from "./layout.js";

const rows: readonly TokenRow[] = [
  { promptIds: [5, 6, 7], completionIds: [8, 9, 2], advantage: 1 },
  { promptIds: [4], completionIds: [3, 2], masked: true },
  { promptIds: [5, 6, 7], completionIds: [10], advantage: -1 },
];

test("equal prompts are laid out once, completions before them, and padding is one token", () => {
  const { shape, lengths, ids, targets, membership } = layOutShared(rows, 0);
  expect(shape).toEqual({ rows: 3, completionTokens: 8, prompts: 2, prefixTokens: 8 });
  expect(lengths).toEqual([3, 2, 1]);
  expect(Array.from(ids)).toEqual([7, 8, 9, 4, 3, 7, 5, 6, 0]);
  expect(Array.from(targets)).toEqual([8, 9, 2, 3, 2, 10]);
  expect(Array.from(membership)).toEqual([1, 0, 0, 1, 1, 0]);
});

test("each token has the slot that has it, and all other slots have the token of padding", () => {
  const { shape, ids, tokenOfSlot, slotOfToken } = layOutShared(rows, 0);
  expect(tokenOfSlot).toHaveLength(slotsOf(shape));
  slotOfToken.forEach((slot, token) => expect(tokenOfSlot[slot]).toBe(token));
  expect(Array.from(slotOfToken)).toEqual([0, 1, 2, 8, 9, 16, 24, 25, 3]);
  const padding = ids.length - 1;
  tokenOfSlot.forEach((token, slot) => expect(token === padding || slotOfToken[token] === slot).toBe(true));
});

test("where every slot has a token of its own there is none of padding", () => {
  const tokens = (start: number, count: number) => Array.from({ length: count }, (_, index) => start + index);
  const full = [1, 2, 3].map((row) => ({ promptIds: tokens(5, 9), completionIds: tokens(row, 8) }));
  const { shape, ids, tokenOfSlot, slotOfToken } = layOutShared(full, 0);
  expect(ids).toHaveLength(slotsOf(shape));
  expect(Array.from(slotOfToken)).toEqual(tokens(0, 32));
  expect(tokenOfSlot).toEqual(slotOfToken);
});

test("an empty completion has one token, which predicts nothing that counts", () => {
  const { lengths, targets, loss } = layOutShared([{ promptIds: [5, 6], completionIds: [] }], 0);
  expect(lengths).toEqual([1]);
  expect(Array.from(targets)).toEqual([0]);
  expect(Math.max(...loss.completionMask)).toBe(0);
});

test("a completion's positions follow its prompt's, and padding is beyond every query", () => {
  const { positions, slotPositions, keyPositions } = layOutShared(rows, 0);
  expect(Array.from(positions)).toEqual([2, 3, 4, 0, 1, 2, 0, 1, 0]);
  expect(Array.from(slotPositions.subarray(0, 4))).toEqual([2, 3, 4, 5]);
  expect(Array.from(slotPositions.subarray(8, 11))).toEqual([0, 1, 2]);
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
