import { expect, test } from "vitest";
import { cutChunks, cutRows, tokensWithin } from "./chunks.js";

test("what fits is one chunk", () => {
  expect(cutChunks(7, 8)).toEqual([{ start: 0, count: 7 }]);
  expect(cutChunks(8, 8)).toEqual([{ start: 0, count: 8 }]);
});

test("chunks are as few as possible and about equally large", () => {
  expect(cutChunks(12, 8).map(({ count }) => count)).toEqual([6, 6]);
  expect(cutChunks(10, 4).map(({ count }) => count)).toEqual([4, 4, 2]);
});

test("chunks of equally many rows are preferred, so that they share a program", () => {
  const counts = (rows: number, most: number) =>
    cutRows(
      Array.from({ length: rows }, () => 2),
      most,
    )?.map((chunk) => chunk.count);
  expect(counts(12, 17)).toEqual([6, 6]);
  expect(counts(9, 8)).toEqual([3, 3, 3]);
  expect(counts(7, 8)).toEqual([4, 3]);
});

test("rows are cut by the tokens that they have, and never themselves", () => {
  expect(cutRows([1, 1, 1, 1, 5, 1], 6)).toEqual([
    { start: 0, count: 2 },
    { start: 2, count: 2 },
    { start: 4, count: 2 },
  ]);
  expect(cutRows([1, 7], 6)).toBeNull();
});

test("chunks cover everything once where nothing divides", () => {
  const chunks = cutChunks(31, 8);
  expect(chunks.reduce((sum, { count }) => sum + count, 0)).toBe(31);
  chunks.forEach(({ start, count }, index) => {
    expect(count).toBeLessThanOrEqual(8);
    expect(start).toBe(chunks.slice(0, index).reduce((sum, chunk) => sum + chunk.count, 0));
  });
});

test("a chunk has as many tokens as the budget holds scores of, and at least 16", () => {
  expect(tokensWithin(2 ** 20, 1024)).toBe(256);
  expect(tokensWithin(1, 1024)).toBe(16);
});
