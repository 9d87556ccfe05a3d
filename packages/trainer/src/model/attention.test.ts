/** Attention to a cache, in the ways in which decode programs compute it. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import { attendInCache, attendToCache, maskedScore } from "./attention.js";

const [rows, heads, keyValueHeads, width, length] = [2, 6, 2, 4, 5];
const valueAt = (index: number): number => Math.sin(index * 1.3) * 2;
const values = (seed: number, ...shape: number[]): Tensor => {
  const count = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: count }, (_, index) => valueAt(index + seed)),
    shape,
  );
};

test.each([keyValueHeads, heads])("a token that is in the cache is seen as one beside it (%i key heads)", (count) => {
  const query = values(1, rows, heads, 1, width);
  const [keys, ownKeys] = [values(2, rows, count, 1, length, width), values(3, rows, count, 1, 1, width)];
  const [cached, ownValues] = [values(4, rows, count, 1, length, width), values(5, rows, count, 1, 1, width)];
  // The first row has 3 tokens, the second 4; behind them the cache has room, which must not be seen.
  const taken = [3, 4];
  const biasOf = (seen: (row: number) => number): Tensor => {
    const bias = taken.flatMap((_, row) =>
      Array.from({ length }, (__, place) => (place < seen(row) ? 0 : maskedScore)),
    );
    return tf.tensor(bias, [rows, 1, 1, 1, length]);
  };
  const beside = attendToCache(
    query,
    ownKeys,
    ownValues,
    keys,
    cached,
    biasOf((row) => taken[row] as number),
  );
  const withOwn = (past: Tensor, own: Tensor): Tensor =>
    tf.concat(
      taken.map((tokens, row) => {
        const [before, added] = [tf.slice(past, [row], [1]), tf.slice(own, [row], [1])];
        return tf.concat(
          [
            tf.slice(before, [0, 0, 0, 0, 0], [1, count, 1, tokens, width]),
            added,
            tf.slice(before, [0, 0, 0, tokens, 0], [1, count, 1, length - tokens - 1, width]),
          ],
          3,
        );
      }),
    );
  const seen = biasOf((row) => (taken[row] as number) + 1);
  const inside = attendInCache(query, withOwn(keys, ownKeys), withOwn(cached, ownValues), seen);
  expect(inside.shape).toEqual(beside.shape);
  const [actual, expected] = [inside.dataSync(), beside.dataSync()];
  actual.forEach((value, index) => expect(value).toBeCloseTo(expected[index] as number, 5));
});
