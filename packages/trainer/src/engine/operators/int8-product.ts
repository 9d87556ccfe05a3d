/**
 * Products with weights of 8 bits, by ONNX Runtime's `DynamicQuantizeMatMul`: activations are quantised as they come,
 * the integer products are exact, and one scale for each output channel turns them back.
 */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { runRecorded } from "./recorded.js";

/** A quantised weight: weight[input][output] = (values - zeroPoint) * scales[output]. */
export interface Int8Weight {
  readonly inputs: number;
  readonly outputs: number;
  /** [inputs, outputs], transposed from Hugging Face's layout as the operator wants it. */
  readonly values: Int8Array | Uint8Array;
  /** [outputs] */
  readonly scales: Float32Array;
  /** [outputs], all equal. */
  readonly zeroPoints: Int8Array | Uint8Array;
}

/** Smaller than what any activation reaches, so that a row of zeros is divided by something. */
const tiny = 1e-30;

/**
 * x·Wᵀ with both sides in 8 bits: `x` [rows, inputs], the result [rows, outputs]. Each row of `x` is brought to one
 * range first, so that a row's result does not depend on the rows beside it. `name` is the weight's, unique in a
 * program. It has no gradient.
 */
export function int8Product(x: Tensor, name: string, weight: Int8Weight): Tensor {
  const largest = tf.maximum(tf.max(tf.abs(x), -1, true), tiny);
  return tf.mul(sharedScaleProduct(tf.div(x, largest), name, weight), largest);
}

/** The product with one scale for all of `x`: a row's result depends a little on the largest numbers of the others. */
export function sharedScaleProduct(x: Tensor, name: string, weight: Int8Weight): Tensor {
  const recorded = runRecorded("Int8Product", { x }, { name, weight });
  if (recorded !== null) return recorded;
  const { inputs, outputs, values, scales, zeroPoints } = weight;
  const low = tf.minimum(tf.min(x), 0);
  const scale = tf.maximum(tf.div(tf.sub(tf.maximum(tf.max(x), 0), low), 255), tiny);
  const zero = tf.round(tf.div(tf.neg(low), scale));
  const quantised = tf.sub(tf.clipByValue(tf.add(tf.round(tf.div(x, scale)), zero), 0, 255), zero);
  const centred = Float32Array.from(values, (value) => value - (zeroPoints[0] as number));
  const product = tf.matMul(quantised as tf.Tensor2D, tf.tensor2d(centred, [inputs, outputs]));
  return tf.mul(product, tf.mul(tf.tensor1d(scales), scale));
}
