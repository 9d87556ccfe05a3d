/**
 * The tokens of highest entropy (Beyond the 80/20 Rule, arXiv 2506.01939): those at or above a quantile of the
 * micro-batch's entropies. The quantile interpolates linearly, as `torch.quantile`.
 */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { indicator } from "./masked.js";

/**
 * The entropy that the share `topQuantile` of the tokens reaches, inside the graph; needs a TopK kernel.
 * The entropies are sorted from the largest, and the quantile at a fractional position is their sum under a hat
 * function of width 1 around it, which is linear interpolation without reading a value.
 *
 * @param entropies Nats, at least 0. [rows, completion]
 * @returns []
 */
export function entropyThresholdTensor(entropies: Tensor, mask: Tensor, topQuantile: number): Tensor {
  const size = entropies.size;
  // Tokens that do not count sort behind all others, since no entropy is negative.
  const candidates = tf.sub(tf.mul(entropies, mask), tf.sub(1, mask));
  const sorted = tf.topk(tf.reshape(candidates, [size]), size, true).values;
  const position = tf.mul(tf.maximum(tf.sub(tf.sum(mask), 1), 0), topQuantile);
  const distance = tf.sub(tf.range(0, size, 1, "float32"), position);
  const weights = tf.maximum(tf.sub(1, tf.maximum(distance, tf.neg(distance))), 0);
  return tf.sum(tf.mul(sorted, weights));
}

/** 1 for tokens that count and whose entropy is at least `threshold` []. [rows, completion] */
export function highEntropyMask(entropies: Tensor, mask: Tensor, threshold: Tensor): Tensor {
  return tf.mul(indicator(tf.greaterEqual(tf.mul(entropies, mask), threshold)), mask);
}

/**
 * The same threshold outside the graph, for an engine without TopK: give it as `entropyThreshold`.
 * Takes the entropies of the tokens that count.
 */
export function entropyThreshold(entropies: ArrayLike<number>, topQuantile: number): number {
  const sorted = Float64Array.from(entropies).sort();
  if (sorted.length === 0) return 0;
  const position = (1 - topQuantile) * (sorted.length - 1);
  const lower = Math.floor(position);
  const low = sorted[lower] ?? 0;
  const high = sorted[Math.min(lower + 1, sorted.length - 1)] ?? low;
  return low + (high - low) * (position - lower);
}
