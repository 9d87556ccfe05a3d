import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { beforeAll, expect, test } from "vitest";
import { attend, positionBias } from "./attention.js";
import { attendInBlocks, needsBlocks } from "./attention-blocks.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const values = (shape: number[], seed: number): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Array.from({ length: size }, (_, index) => Math.sin(seed + index * 1.3)),
    shape,
  );
};

/** Two rows of 5 queries after prefixes of 3 keys, one of which is padding in the second row. */
const [rows, heads, queries, keys, width] = [2, 4, 5, 8, 6];
const query = () => values([rows, heads, queries, width], 1);
const key = () => values([rows, 2, keys, width], 2);
const value = () => values([rows, 2, keys, width], 3);
const queryPositions = () =>
  tf.tensor2d([
    [3, 4, 5, 6, 7],
    [2, 3, 4, 5, 6],
  ]);
const keyPositions = () =>
  tf.tensor2d([
    [0, 1, 2, 3, 4, 5, 6, 7],
    [0, 1, 2 ** 30, 2, 3, 4, 5, 6],
  ]);

test.each([
  ["one query each", 1, null],
  ["two queries each, with a remainder", 4 * heads * keys * 2, null],
  ["all queries of a row each", 1e9, null],
  ["two queries each, within a window", 4 * heads * keys * 2, 3],
] as const)("blocks of %s give attention's values and gradients", (_name, bytes, window) => {
  const slope = values([rows, heads, queries, width], 4);
  const whole = (q: Tensor, k: Tensor, v: Tensor) =>
    attend(q, k, v, positionBias(queryPositions(), keyPositions(), window), 0.4);
  const inBlocks = (q: Tensor, k: Tensor, v: Tensor) =>
    attendInBlocks(q, k, v, { queries: queryPositions(), keys: keyPositions(), window }, 0.4, bytes);
  const inputs = [query(), key(), value()];
  const expected = tf.valueAndGrads(whole)(inputs, slope);
  const actual = tf.valueAndGrads(inBlocks)(inputs, slope);
  for (const [a, b] of [
    [actual.value, expected.value],
    ...actual.grads.map((gradient, index) => [gradient, expected.grads[index]]),
  ] as [Tensor, Tensor][]) {
    expect(a.shape).toEqual(b.shape);
    expect(tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]).toBeLessThan(1e-5);
  }
});

test("scores that fit are not cut", () => {
  expect(needsBlocks(query(), key(), 4 * rows * heads * queries * keys)).toBe(false);
  expect(needsBlocks(query(), key(), 4 * rows * heads * queries * keys - 1)).toBe(true);
});
