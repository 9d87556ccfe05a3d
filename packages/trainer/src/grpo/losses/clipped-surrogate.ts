/**
 * PPO's clipped objective, `-min(ratio · A, clip(ratio, 1 - ε, 1 + ε_high) · A)`, with the optional upper bound
 * `delta` of the unclipped ratio (INTELLECT-2). For negative advantages and `delta = c` that is dual-clip PPO.
 * verl and OpenRLHF also limit the log-ratio to ±20; TRL and this do not.
 */
import * as tf from "@tensorflow/tfjs";
import { clamp, indicator } from "./masked.js";
import type { LossTerms, TokenLoss } from "./types.js";

export function clippedSurrogate(terms: LossTerms): TokenLoss {
  const { advantages, options } = terms;
  const [lowest, highest] = [1 - options.epsilon, 1 + options.epsilonHigh];
  const clipped = clamp(terms.ratio, lowest, highest);
  const ratio = options.delta === null ? terms.ratio : tf.minimum(terms.ratio, options.delta);
  const loss = tf.neg(tf.minimum(tf.mul(ratio, advantages), tf.mul(clipped, advantages)));

  // As in TRL these see the ratio after `delta` was applied.
  const low = tf.mul(indicator(tf.greater(lowest, ratio)), indicator(tf.greater(0, advantages)));
  const high = tf.mul(indicator(tf.greater(ratio, highest)), indicator(tf.greater(advantages, 0)));
  return {
    loss,
    metrics: {
      "clip_ratio/low_mean": terms.mean(low),
      "clip_ratio/high_mean": terms.mean(high),
      "clip_ratio/region_mean": terms.mean(tf.add(low, high)),
      "clip_ratio/low_min": tf.sub(0, terms.largestRowMean(tf.neg(low))),
      "clip_ratio/high_max": terms.largestRowMean(high),
    },
  };
}
