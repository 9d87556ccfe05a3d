import { expect, test } from "vitest";
import { cutChunks, tokensWithin } from "./chunks.js";

test("what fits is one chunk", () => {
  expect(cutChunks(7, 8)).toEqual([{ start: 0, count: 7 }]);
  expect(cutChunks(8, 8)).toEqual([{ start: 0, count: 8 }]);
});

test("equal chunks are preferred, so that they share a program", () => {
  expect(cutChunks(12, 8).map(({ count }) => count)).toEqual([6, 6]);
  expect(cutChunks(9, 4).map(({ count }) => count)).toEqual([3, 3, 3]);
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
