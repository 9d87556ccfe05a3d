/** Rotary position embeddings of packed rows in one operator (Su et al., 2021; transformers' `rotate_half`). */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { runRecorded } from "./recorded.js";

/**
 * Turns each head's pairs by its row's angles: `x` [rows, heads * d], `cosine` and `sine` [rows, d / 2]. Its gradient
 * turns back; angles have none.
 */
export function rotateHeads(x: Tensor, cosine: Tensor, sine: Tensor, heads: number): Tensor {
  const turned = tf.customGrad((...args: unknown[]) => {
    const [input, c, s, save] = args as [Tensor, Tensor, Tensor, (tensors: Tensor[]) => void];
    save([c, s]);
    return {
      value: turn(input, c, s, heads),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [cosines, sines] = saved as [Tensor, Tensor];
        return [turn(dy, cosines, tf.neg(sines), heads), tf.zerosLike(cosines), tf.zerosLike(sines)];
      },
    };
  });
  return turned(x, cosine, sine);
}

function turn(x: Tensor, cosine: Tensor, sine: Tensor, heads: number): Tensor {
  const recorded = runRecorded("RotateHeads", { x, cosine, sine }, { heads });
  if (recorded !== null) return recorded;
  const [rows, width] = x.shape as [number, number];
  const [first, second] = tf.split(tf.reshape(x, [rows, heads, width / heads]), 2, -1) as [Tensor, Tensor];
  const [c, s] = [tf.expandDims(cosine, 1), tf.expandDims(sine, 1)];
  const both = [tf.sub(tf.mul(first, c), tf.mul(second, s)), tf.add(tf.mul(second, c), tf.mul(first, s))];
  return tf.reshape(tf.concat(both, -1), [rows, width]);
}
