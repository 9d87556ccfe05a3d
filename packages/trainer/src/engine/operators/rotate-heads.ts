/** Rotary position embeddings of one token a row in one operator (Su et al., 2021; transformers' `rotate_half`). */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { runRecorded } from "./recorded.js";

/**
 * Turns each head's pairs by its row's angles: `x` [rows, heads * d], `cosine` and `sine` [rows, d / 2]. It has no
 * gradient.
 */
export function rotateHeads(x: Tensor, cosine: Tensor, sine: Tensor, heads: number): Tensor {
  const recorded = runRecorded("RotateHeads", { x, cosine, sine }, { heads });
  if (recorded !== null) return recorded;
  const [rows, width] = x.shape as [number, number];
  const [first, second] = tf.split(tf.reshape(x, [rows, heads, width / heads]), 2, -1) as [Tensor, Tensor];
  const [c, s] = [tf.expandDims(cosine, 1), tf.expandDims(sine, 1)];
  const turned = [tf.sub(tf.mul(first, c), tf.mul(second, s)), tf.add(tf.mul(second, c), tf.mul(first, s))];
  return tf.reshape(tf.concat(turned, -1), [rows, width]);
}
