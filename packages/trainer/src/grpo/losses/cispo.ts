/**
 * CISPO (MiniMax-M1, arXiv 2506.13585): REINFORCE weighed by a capped ratio through which no gradient flows, so that
 * no token is ever dropped. `epsilonHigh` is the cap itself (ScaleRL recommends 5).
 */
import * as tf from "@tensorflow/tfjs";
import { meanOfBatchTokens } from "./aggregation.js";
import { indicator } from "./masked.js";
import type { LossDefinition } from "./types.js";
import { withoutGradient } from "./without-gradient.js";

export const cispo: LossDefinition = {
  tokenLoss: ({ ratio, advantages, logProbabilities, options, mean }) => {
    const weight = withoutGradient(() => tf.neg(tf.mul(tf.minimum(ratio, options.epsilonHigh), advantages)));
    const clipped = tf.mul(indicator(tf.greater(ratio, options.epsilonHigh)), indicator(tf.greater(advantages, 0)));
    return { loss: tf.mul(weight, logProbabilities), metrics: { cispo_clip_ratio: mean(clipped) } };
  },
  aggregate: meanOfBatchTokens,
};
