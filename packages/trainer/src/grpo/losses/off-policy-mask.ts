/**
 * Off-policy sequence masking (DeepSeek-V3.2, arXiv 2512.02556): completions of negative advantage that the policy
 * has moved away from since they were sampled do not train it.
 */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { atLeastOne, indicator } from "./masked.js";

/**
 * 1 for completions to keep: advantage at least 0, or mean `log p_sampling - log p` at most `threshold` (nats per
 * token). No gradient flows through it: call it inside `withoutGradient`.
 *
 * @param advantages [rows, 1]
 * @returns [rows, 1]
 */
export function offPolicyMask(
  logProbabilities: Tensor,
  samplingLogProbabilities: Tensor,
  mask: Tensor,
  advantages: Tensor,
  threshold: number,
): Tensor {
  const drift = tf.mul(tf.sub(samplingLogProbabilities, logProbabilities), mask);
  const meanDrift = tf.div(tf.sum(drift, -1, true), atLeastOne(tf.sum(mask, -1, true)));
  return tf.maximum(indicator(tf.greaterEqual(advantages, 0)), indicator(tf.greaterEqual(threshold, meanDrift)));
}
