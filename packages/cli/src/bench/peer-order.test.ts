import { expect, test } from "vitest";
import { peerOrder } from "./peer-order.js";

test("rows come in the order of torch.randperm", () => {
  expect(peerOrder(5, 0)).toEqual([4, 0, 1, 3, 2]);
  expect(peerOrder(16, 0)).toEqual([12, 10, 9, 6, 11, 8, 13, 5, 2, 14, 15, 0, 4, 3, 7, 1]);
  // More rows than the generator has state words.
  expect(peerOrder(1000, 7).slice(-5)).toEqual([482, 594, 570, 477, 409]);
});

test("every row comes once", () => {
  expect(peerOrder(100, 3).toSorted((a, b) => a - b)).toEqual([...Array(100).keys()]);
});
