/**
 * KL divergence of the policy from the reference for each token: Schulman's k3 estimator
 * `exp(d) - d - 1` with `d = log p_reference - log p`, never negative. TRL limits it nowhere; verl and OpenRLHF
 * limit it to ±10.
 */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";

/**
 * @param ratio When given, multiplies the estimate, so that its gradient is the unbiased one of the reverse KL
 * (DeepSeek-V3.2, arXiv 2512.02556). [rows, completion] or [rows, 1]
 * @returns Nats. [rows, completion]
 */
export function tokenKL(
  logProbabilities: Tensor,
  referenceLogProbabilities: Tensor,
  mask: Tensor,
  ratio: Tensor | null,
): Tensor {
  const difference = tf.mul(tf.sub(referenceLogProbabilities, logProbabilities), mask);
  const estimate = tf.sub(tf.sub(tf.exp(difference), difference), 1);
  return ratio === null ? estimate : tf.mul(estimate, ratio);
}
