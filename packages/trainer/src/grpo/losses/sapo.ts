/**
 * SAPO (arXiv 2511.20347): a smooth gate instead of clipping, `-(4 / τ) · sigmoid(τ · (ratio - 1)) · A` with a
 * temperature τ of its own for positive and for other advantages.
 */
import * as tf from "@tensorflow/tfjs";
import { meanOfSequenceMeans } from "./aggregation.js";
import { choose, indicator } from "./masked.js";
import type { LossDefinition } from "./types.js";

export const sapo: LossDefinition = {
  tokenLoss: ({ ratio, advantages, options }) => {
    const positive = indicator(tf.greater(advantages, 0));
    const temperature = choose(positive, options.sapoTemperaturePos, options.sapoTemperatureNeg);
    const gate = tf.mul(tf.sigmoid(tf.mul(temperature, tf.sub(ratio, 1))), tf.div(4, temperature));
    return { loss: tf.neg(tf.mul(gate, advantages)), metrics: {} };
  },
  aggregate: meanOfSequenceMeans,
};
