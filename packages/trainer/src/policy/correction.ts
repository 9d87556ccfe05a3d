/**
 * The importance correction inside a training program, for rows whose old log-probabilities are those that the program
 * itself computes: the ratios of grpo/importance-sampling.ts, as tensors.
 */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { ImportanceSamplingOptions } from "../grpo/importance-sampling.js";
import { withoutGradient } from "../grpo/losses/without-gradient.js";

/** The ratio where it lies within the bounds; the nearest bound elsewhere, or 0 in the mask modes. */
const bounded = (ratio: Tensor, { mode, clipMin, clipMax }: ImportanceSamplingOptions): Tensor => {
  const masks = mode.endsWith("mask");
  let result = ratio;
  if (clipMin !== null) {
    result = masks
      ? tf.where(tf.less(ratio, clipMin), tf.zerosLike(ratio), result)
      : tf.maximum(result, tf.scalar(clipMin));
  }
  if (clipMax !== null) {
    result = masks
      ? tf.where(tf.greater(ratio, clipMax), tf.zerosLike(ratio), result)
      : tf.minimum(result, tf.scalar(clipMax));
  }
  return result;
};

/**
 * The factor of each token's loss, a constant to the gradient. All tensors are [rows, tokens]; in sequence modes all
 * tokens of a row have one factor.
 *
 * @param logProbabilities the training program's
 * @param sampling the sampling program's; NaN where it could not tell: that token is not corrected
 * @param mask 1 for tokens that count
 */
export const importanceRatios = (
  logProbabilities: Tensor,
  sampling: Tensor,
  mask: Tensor,
  correction: ImportanceSamplingOptions,
): Tensor =>
  withoutGradient(() => {
    const difference = tf.sub(logProbabilities, sampling);
    // NaN alone differs from itself.
    const counts = tf.logicalAnd(tf.equal(difference, difference), tf.greater(mask, 0));
    const counted = tf.where(counts, difference, tf.zerosLike(difference));
    if (!correction.mode.startsWith("sequence")) return bounded(tf.exp(counted), correction);
    const ofRows = bounded(tf.exp(tf.sum(counted, -1, true)), correction);
    return tf.mul(ofRows, tf.onesLike(difference));
  });
