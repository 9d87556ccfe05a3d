/**
 * Products with weights of 8 bits, by ONNX Runtime's `MatMulNBits`: weights have one scale for each block of inputs,
 * activations are quantised as they come, with one scale for each block of each row, and the integer products are exact.
 * Rows are independent of one another. On WebGPU activations have a scale for 128 inputs where those are a multiple of
 * 128 and outputs one of 16, and are otherwise left in float32.
 */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { runRecorded } from "./recorded.js";

/** Inputs that share a scale. */
export const blockInputs = 32;

/** What a value of 0 is stored as. */
export const zeroPoint = 128;

/** Stored values are at most so far from {@link zeroPoint}. */
export const levels = 127;

/** Blocks of a weight with so many inputs; the last one is padded with {@link zeroPoint}. */
export const blocksOf = (inputs: number): number => Math.ceil(inputs / blockInputs);

/** A quantised weight: weight[output][input] = (values[output][input] - 128) * scales[output][floor(input / 32)]. */
export interface Int8Weight {
  readonly inputs: number;
  readonly outputs: number;
  /** [outputs, blocks, 32] */
  readonly values: Uint8Array;
  /** [outputs, blocks] */
  readonly scales: Float32Array;
}

/** Smaller than what any activation reaches, so that a block of zeros is divided by something. */
const tiny = 1e-30;

/**
 * x·Wᵀ with both sides in 8 bits: `x` [rows, inputs], the result [rows, outputs]. `name` is the weight's, unique in a
 * program. It has no gradient.
 */
export function int8Product(x: Tensor, name: string, weight: Int8Weight): Tensor {
  const recorded = runRecorded("Int8Product", { x }, { name, weight });
  if (recorded !== null) return recorded;
  const { inputs, outputs, values, scales } = weight;
  const [rows, blocks] = [x.shape[0] as number, blocksOf(inputs)];
  const padded = tf.pad(x as tf.Tensor2D, [
    [0, 0],
    [0, blocks * blockInputs - inputs],
  ]);
  const inBlocks = tf.reshape(padded, [rows, blocks, blockInputs]);
  const scale = tf.div(tf.maximum(tf.max(tf.abs(inBlocks), -1, true), tiny), levels);
  const quantised = tf.reshape(tf.mul(tf.round(tf.div(inBlocks, scale)), scale), [rows, -1]);
  const centred = tf.sub(tf.tensor3d(Float32Array.from(values), [outputs, blocks, blockInputs]), zeroPoint);
  const restored = tf.mul(centred, tf.tensor3d(scales, [outputs, blocks, 1]));
  return tf.matMul(quantised as tf.Tensor2D, tf.reshape(restored, [outputs, -1]) as tf.Tensor2D, false, true);
}
