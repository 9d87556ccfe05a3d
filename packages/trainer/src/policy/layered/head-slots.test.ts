import { expect, test } from "vitest";
import { headSlots } from "./head-slots.js";
import { layOutShared } from "./layout.js";

const HEADS = 3;
const batch = layOutShared(
  [
    { promptIds: [5, 6, 7], completionIds: [8, 9, 2] },
    { promptIds: [4], completionIds: [3, 2] },
  ],
  0,
);
const { toSlots, toTokens } = headSlots(batch, HEADS);

test("heads come before tokens in every row's and every prefix's slots", () => {
  const head = 2;
  const [width, ownSlots] = [batch.shape.completionTokens, batch.shape.rows * batch.shape.completionTokens];
  const second = 1 * HEADS * width + head * width;
  // Tokens 3 and 4 are the second row's, then the first prefix's two, then padding.
  expect(Array.from(toSlots.subarray(second, second + 3))).toEqual([3, 4, 7].map((token) => token * HEADS + head));
  const prefix = ownSlots * HEADS + head * batch.shape.prefixTokens;
  expect(Array.from(toSlots.subarray(prefix, prefix + 3))).toEqual([5, 6, 7].map((token) => token * HEADS + head));
});

test("what goes to slots and back is what it was", () => {
  toTokens.forEach((place, row) => expect(toSlots[place]).toBe(row));
});
