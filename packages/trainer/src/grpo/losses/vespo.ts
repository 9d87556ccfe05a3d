/**
 * VESPO (arXiv 2602.10693): REINFORCE weighed by a gamma function of the completion's whole ratio,
 * `φ(w) = exp(λ + k · log w - λ · w)` with φ(1) = 1, through which no gradient flows. The importance-sampling
 * correction enters w here instead of multiplying the loss.
 */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { meanOfBatchTokens } from "./aggregation.js";
import { choose, clamp, indicator } from "./masked.js";
import type { LossDefinition, LossTerms } from "./types.js";
import { withoutGradient } from "./without-gradient.js";

const SMALLEST_RATIO = 1e-8;
const LOWEST_LOG = Math.log(SMALLEST_RATIO);
const HIGHEST_LOG = 20;
const SMALLEST_LAMBDA = 1e-4;
/** Above this exponent float32 overflows, and TRL turns the weight into 0. */
const HIGHEST_EXPONENT = 88;

/** φ of each completion. [rows, 1] */
function gammaWeights({ advantages, logRatio, mask, importanceRatio, options }: LossTerms): Tensor {
  let logWeight = tf.sum(tf.mul(clamp(logRatio, -HIGHEST_LOG, HIGHEST_LOG), mask), -1, true);
  if (importanceRatio !== undefined) {
    const logImportance = tf.minimum(tf.log(tf.maximum(importanceRatio, SMALLEST_RATIO)), HIGHEST_LOG);
    logWeight = tf.add(logWeight, tf.sum(tf.mul(logImportance, mask), -1, true));
  }
  logWeight = clamp(logWeight, LOWEST_LOG, HIGHEST_LOG);
  const notNegative = indicator(tf.greaterEqual(advantages, 0));
  const k = choose(notNegative, options.vespoKPos, options.vespoKNeg);
  const lambda = choose(
    notNegative,
    Math.max(options.vespoLambdaPos, SMALLEST_LAMBDA),
    Math.max(options.vespoLambdaNeg, SMALLEST_LAMBDA),
  );
  const exponent = tf.add(lambda, tf.sub(tf.mul(k, logWeight), tf.mul(lambda, tf.exp(logWeight))));
  const representable = indicator(tf.greaterEqual(HIGHEST_EXPONENT, exponent));
  return tf.mul(tf.exp(tf.minimum(exponent, HIGHEST_EXPONENT)), representable);
}

export const vespo: LossDefinition = {
  tokenLoss: (terms) => {
    const phi = withoutGradient(() => gammaWeights(terms));
    return {
      loss: tf.mul(tf.neg(tf.mul(phi, terms.advantages)), terms.logProbabilities),
      metrics: { "vespo/phi_seq_mean": terms.mean(phi) },
    };
  },
  aggregate: meanOfBatchTokens,
};
