import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, test } from "vitest";
import { reorderRows } from "./reorder-rows.js";

beforeAll(() => tf.setBackend("cpu"));

/** Three rows and one of padding in five places, two of which are padding's. */
const x = tf.tensor2d([1, 2, 3, 4, 5, 6, 0, 0], [4, 2]);
const there = tf.tensor1d([2, 3, 0, 1, 3], "int32");
const back = tf.tensor1d([2, 3, 0, 1], "int32");

test("rows go where they are sent", () => {
  expect(Array.from(reorderRows(x, there, back).dataSync())).toEqual([5, 6, 0, 0, 1, 2, 3, 4, 0, 0]);
});

test("the gradient is that of a gather where padding's places have none", () => {
  const direction = tf.tensor2d([1, 2, 0, 0, 3, 4, 5, 6, 0, 0], [5, 2]);
  const gradientOf = (look: (rows: tf.Tensor) => tf.Tensor) =>
    tf
      .grad((rows) => tf.sum(tf.mul(look(rows), direction)))(x)
      .dataSync();
  const expected = gradientOf((rows) => tf.gather(rows, there));
  expect(gradientOf((rows) => reorderRows(rows, there, back))).toEqual(expected);
});
