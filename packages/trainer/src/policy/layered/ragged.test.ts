import { expect, test } from "vitest";
import { packedLength, packRows, padRows, rowStarts } from "./ragged.js";

const lengths = [3, 0, 2];
const packed = Float32Array.of(1, 2, 3, 4, 5);

test("shorter rows are padded with zeros, and packing undoes it", () => {
  const padded = padRows(packed, lengths, 4);
  expect(Array.from(padded)).toEqual([1, 2, 3, 0, 0, 0, 0, 0, 4, 5, 0, 0]);
  expect(packRows(padded, lengths, 4)).toEqual(packed);
});

test("packed rows start where those before them end", () => {
  expect(rowStarts(lengths)).toEqual([0, 3, 3]);
  expect(packedLength(lengths)).toBe(5);
});
