/**
 * The loss of one micro-batch, as TRL's `_compute_loss`: the loss type's formula for each token, then the masks, the
 * importance correction, the KL term, the sum over tokens and the entropy bonus, in TRL's order. A pure function
 * that reads no tensor, so that an engine can trace it.
 */
import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor } from "@tensorflow/tfjs";
import { entropyThresholdTensor, highEntropyMask } from "./entropy-mask.js";
import { tokenKL } from "./kl.js";
import { atLeastOne, indicator, largestValid, maskedRowSum, maskedSum, rowTokens } from "./masked.js";
import { offPolicyMask } from "./off-policy-mask.js";
import { LOSSES } from "./registry.js";
import type { LossTerms, PolicyLossInputs, PolicyLossOptions, PolicyLossResult } from "./types.js";
import { withoutGradient } from "./without-gradient.js";

/** Computes the loss and its metrics. `inputs` must hold what `options` needs; see the types. */
export function policyLoss(inputs: PolicyLossInputs, options: PolicyLossOptions): PolicyLossResult {
  const { mask, entropies, importanceRatio } = inputs;
  const definition = LOSSES[options.lossType];
  const terms = lossTerms(inputs, options);
  const tokenLoss = definition.tokenLoss(terms);
  const metrics: Record<string, Tensor> = {};

  let loss = tokenLoss.loss;
  if (options.offPolicyMaskThreshold !== null) {
    loss = tf.mul(loss, sequencesToKeep(inputs, terms, options.offPolicyMaskThreshold));
  }
  const entropyMask = options.topEntropyQuantile < 1 ? tokensToKeep(inputs, options) : undefined;
  if (entropyMask !== undefined) loss = tf.mul(loss, entropyMask);
  // VESPO has it in its weights already.
  if (importanceRatio !== undefined && options.lossType !== "vespo") loss = tf.mul(loss, importanceRatio);
  if (options.beta !== 0) {
    const reference = required(inputs.referenceLogProbabilities, "referenceLogProbabilities", "beta is not 0");
    const ratio = options.useBiasCorrectionKl ? terms.ratio : null;
    const kl = tokenKL(inputs.logProbabilities, reference, mask, ratio);
    metrics["kl"] = terms.mean(kl);
    loss = tf.add(loss, tf.mul(kl, options.beta));
  }

  const tokens = inputs.tokensInBatch ?? tf.sum(mask);
  const aggregated = definition.aggregate(loss, mask, {
    rows: inputs.rowsInBatch ?? rowCount(inputs),
    tokens,
    items: inputs.itemsInBatch,
    gradientAccumulation: inputs.gradientAccumulation,
    stepsPerGeneration: inputs.stepsPerGeneration,
    maxCompletionLength: options.maxCompletionLength,
  });
  let total = aggregated.loss;
  if (options.entropyBonus) {
    const coefficient = required(inputs.entropyCoefficient, "entropyCoefficient", "entropyBonus is on");
    // The bonus acts on the tokens that the policy loss keeps; masked by entropy they are counted here and now.
    const sum = maskedSum(entropies, entropyMask ?? mask);
    const count = entropyMask === undefined ? tokens : tf.sum(entropyMask);
    const bonus = tf.div(tf.div(sum, atLeastOne(count)), inputs.gradientAccumulation);
    total = tf.sub<Scalar>(total, tf.mul(coefficient, bonus));
    metrics["policy_loss"] = aggregated.policyLoss;
    metrics["count/entropy_sum"] = sum;
    metrics["count/entropy_tokens"] = tf.sum(entropyMask ?? mask);
  }
  return {
    loss: total,
    metrics: { ...metrics, entropy: terms.mean(entropies), ...tokenLoss.metrics },
  };
}

/** Rows that are not there only to fill a shape. [] */
function rowCount({ rowMask, mask }: PolicyLossInputs): Tensor {
  return rowMask === undefined ? tf.scalar(mask.shape[0] ?? 1) : tf.sum(rowMask);
}

function lossTerms(inputs: PolicyLossInputs, options: PolicyLossOptions): LossTerms {
  const { logProbabilities, mask, rowMask } = inputs;
  const old = inputs.oldLogProbabilities ?? withoutGradient(() => logProbabilities.clone());
  const logRatio = tf.mul(tf.sub(logProbabilities, old), mask);
  const tokensOfRow = rowTokens(mask);
  const ratio =
    options.importanceSamplingLevel === "token"
      ? tf.exp(logRatio)
      : tf.expandDims(tf.exp(tf.div(tf.sum(logRatio, -1), atLeastOne(tokensOfRow))), -1);
  const realRows = rowMask ?? tf.onesLike(tokensOfRow);
  return {
    options,
    logProbabilities,
    mask,
    advantages: tf.expandDims(inputs.advantages, -1),
    logRatio,
    ratio,
    importanceRatio: inputs.importanceRatio,
    mean: (values) =>
      isPerRow(values)
        ? tf.div(tf.sum(tf.mul(tf.reshape(values, [-1]), realRows)), atLeastOne(tf.sum(realRows)))
        : tf.div(maskedSum(values, mask), atLeastOne(tf.sum(mask))),
    largestRowMean: (values) => {
      if (isPerRow(values)) return largestValid(tf.reshape(values, [-1]), realRows);
      const means = tf.div(maskedRowSum(values, mask), atLeastOne(tokensOfRow));
      return largestValid(means, indicator(tf.greater(tokensOfRow, 0)));
    },
  };
}

/** True for one value a row, which TRL averages over rows instead of tokens. */
function isPerRow(values: Tensor): boolean {
  return values.shape[1] === 1;
}

function sequencesToKeep(inputs: PolicyLossInputs, terms: LossTerms, threshold: number): Tensor {
  const { logProbabilities, mask } = inputs;
  const sampled = inputs.samplingLogProbabilities ?? inputs.oldLogProbabilities ?? logProbabilities;
  return withoutGradient(() => offPolicyMask(logProbabilities, sampled, mask, terms.advantages, threshold));
}

function tokensToKeep(inputs: PolicyLossInputs, options: PolicyLossOptions): Tensor {
  const { entropies, mask } = inputs;
  return withoutGradient(() => {
    const threshold = inputs.entropyThreshold ?? entropyThresholdTensor(entropies, mask, options.topEntropyQuantile);
    return highEntropyMask(entropies, mask, threshold);
  });
}

/** A missing input is a mistake of the program that called, never of its user. */
function required(tensor: Tensor | undefined, name: string, why: string): Tensor {
  if (tensor === undefined) throw new Error(`policyLoss needs ${name} because ${why}.`);
  return tensor;
}
