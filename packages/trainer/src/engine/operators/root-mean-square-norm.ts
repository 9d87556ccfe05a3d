/** Root-mean-square normalisation in one operator (Zhang and Sennrich, 2019), for programs without a gradient. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { runRecorded } from "./recorded.js";

/** x / sqrt(mean(x²) + epsilon) * gain over the last axis. `x` [..., width], `gain` [width]. It has no gradient. */
export function rootMeanSquareNorm(x: Tensor, gain: Tensor, epsilon: number): Tensor {
  const recorded = runRecorded("RootMeanSquareNorm", { x, gain }, { epsilon });
  if (recorded !== null) return recorded;
  return tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon))), gain);
}
