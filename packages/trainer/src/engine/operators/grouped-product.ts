/** Products of several query heads with the one key or value head that they share. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { runRecorded } from "./recorded.js";

/**
 * `x` [rows, heads, group, 1, inner] times `y` [rows, heads, 1, inner, columns] (or with `transposeY` [rows, heads, 1,
 * columns, inner]): [rows, heads, group, 1, columns]. As matrices of one row ONNX Runtime multiplies them without
 * copying `y` into another order first. It has no gradient.
 */
export function groupedProduct(x: Tensor, y: Tensor, transposeY: boolean): Tensor {
  const recorded = runRecorded("GroupedProduct", { x, y }, { transposeY });
  if (recorded !== null) return recorded;
  // TensorFlow.js multiplies the wrong matrices where an inner batch dimension is broadcast.
  const [rows, heads, group, , inner] = x.shape as [number, number, number, number, number];
  const matrices = tf.reshape(y, [rows, heads, ...y.shape.slice(3)]);
  const product = tf.matMul(tf.reshape(x, [rows, heads, group, inner]), matrices, false, transposeY);
  return tf.reshape(product, [rows, heads, group, 1, -1]);
}
