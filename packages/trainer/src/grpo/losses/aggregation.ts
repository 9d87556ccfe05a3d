/** How the tokens' losses become one number (TRL's `loss_type` branches), and which loss type does which. */
import * as tf from "@tensorflow/tfjs";
import type { Scalar } from "@tensorflow/tfjs";
import { atLeastOne, maskedRowSum, maskedSum, rowTokens } from "./masked.js";
import type { AggregatedLoss, Aggregation, Denominators } from "./types.js";

/** Divides the logged loss by the micro-batches of the step, so that their sum is the step's mean. */
function accumulated(policyLoss: Scalar, { gradientAccumulation }: Denominators): AggregatedLoss {
  return { policyLoss, loss: tf.div<Scalar>(policyLoss, gradientAccumulation) };
}

/** Mean over the completions of their tokens' mean: every completion weighs the same (GRPO, SAPO). */
export const meanOfSequenceMeans: Aggregation = (tokenLoss, mask, denominators) => {
  const sequences = tf.div(maskedRowSum(tokenLoss, mask), atLeastOne(rowTokens(mask)));
  return accumulated(tf.div<Scalar>(tf.sum(sequences), denominators.rows), denominators);
};

/** Mean over the tokens of the micro-batch (BNPO). */
export const meanOfLocalTokens: Aggregation = (tokenLoss, mask, denominators) =>
  accumulated(tf.div<Scalar>(maskedSum(tokenLoss, mask), atLeastOne(denominators.tokens)), denominators);

/** Sum of the tokens over a constant, the most tokens that there could be (Dr. GRPO). */
export const sumOverMaximumLength: Aggregation = (tokenLoss, mask, denominators) => {
  const most = tf.mul(denominators.rows, denominators.maxCompletionLength);
  return accumulated(tf.div<Scalar>(maskedSum(tokenLoss, mask), most), denominators);
};

/**
 * Sum of the tokens over the tokens of one optimizer step, taken as its share of the generation batch
 * (DAPO, CISPO, VESPO).
 */
export const meanOfBatchTokens: Aggregation = (tokenLoss, mask, denominators) => {
  const share = tf.div(denominators.gradientAccumulation, denominators.stepsPerGeneration);
  const loss = tf.div<Scalar>(maskedSum(tokenLoss, mask), tf.mul(atLeastOne(denominators.items), share));
  return { policyLoss: loss, loss };
};

/** Mean over the completions of their tokens' sum: long completions weigh more (LUSPO). */
export const meanOfSequenceSums: Aggregation = (tokenLoss, mask, denominators) =>
  accumulated(tf.div<Scalar>(maskedSum(tokenLoss, mask), denominators.rows), denominators);
