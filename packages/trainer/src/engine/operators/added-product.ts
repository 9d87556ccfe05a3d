/** A matrix product that is added to another result in one operator, for programs without a gradient. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { runRecorded } from "./recorded.js";

/** base + x·w: `base` [rows, outputs], `x` [rows, inputs], `weight` [inputs, outputs]. It has no gradient. */
export function addedProduct(base: Tensor, x: Tensor, weight: Tensor): Tensor {
  const recorded = runRecorded("AddedProduct", { base, x, weight });
  return recorded ?? tf.add(base, tf.matMul(x, weight));
}
