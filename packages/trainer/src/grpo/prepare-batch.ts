/**
 * A scored generation batch made ready to train on: advantages, masks, and the log-probabilities that the loss
 * compares with. The order of TRL's `_generate_and_score_completions` after scoring.
 */
import type { PolicyClient } from "../policy/client.js";
import type { TokenRow } from "../policy/protocol.js";
import type { GenerationBatch, Rollout } from "../run/generate-and-score.js";
import { computeAdvantages } from "./advantages.js";
import type { GRPOConfig } from "./config.js";
import { importanceSampling, type ImportanceSampling, type ImportanceSamplingOptions } from "./importance-sampling.js";
import { completionMetrics, isTruncated, rewardMetrics } from "./metrics.js";
import { scoringMetrics } from "./scoring-metrics.js";

export interface PrepareOptions {
  readonly policy: Pick<PolicyClient, "info" | "logProbabilities">;
  readonly batch: GenerationBatch;
  readonly config: GRPOConfig;
  /** [k] */
  readonly weights: readonly number[];
  /** True when totals come from an expression. */
  readonly combined: boolean;
  readonly numGenerations: number;
  /** Rows of one forward pass. */
  readonly microBatchSize: number;
  readonly needsOldLogProbabilities: boolean;
}

export interface PreparedBatch {
  /** In the rollouts' order. [n] */
  readonly rows: readonly TokenRow[];
  /** [n] */
  readonly advantages: readonly number[];
  /** Completion tokens that count (TRL's `num_items_in_batch`). */
  readonly itemsInBatch: number;
  /** Prompt and completion tokens of all rows. */
  readonly tokens: number;
  /**
   * Set where the training pass corrects by its own log-probabilities, so that no pass of old ones is needed; rows then
   * hold the sampler's.
   */
  readonly correction?: ImportanceSamplingOptions | undefined;
  /** TRL's metrics of the batch. */
  readonly metrics: Readonly<Record<string, number>>;
}

const logProbabilitiesOf = async (
  { policy, config, microBatchSize }: PrepareOptions,
  rows: readonly TokenRow[],
  which: "policy" | "reference",
): Promise<readonly Float32Array[]> => {
  const results: Float32Array[] = [];
  for (let start = 0; start < rows.length; start += microBatchSize) {
    const slice = rows.slice(start, start + microBatchSize);
    results.push(...(await policy.logProbabilities({ rows: slice, which, temperature: config.temperature })));
  }
  return results;
};

/** A row with the log-probabilities of the program that sampled it. */
type SampledTokens = Pick<TokenRow, "completionIds" | "masked"> & {
  readonly samplingLogProbabilities?: ArrayLike<number>;
};

/** How much likelier the training pass finds each completion than the program that sampled it. */
export const correctionOf = (
  rows: readonly SampledTokens[],
  old: readonly Float32Array[],
  options: ImportanceSamplingOptions,
): ImportanceSampling =>
  importanceSampling(
    rows.map(({ completionIds, masked, samplingLogProbabilities = [] }, index) => ({
      oldLogProbabilities: old[index] as Float32Array,
      samplingLogProbabilities,
      mask: new Float32Array(completionIds.length).fill(masked === true ? 0 : 1),
    })),
    options,
  );

const correctionOptions = (config: GRPOConfig): ImportanceSamplingOptions => ({
  mode: config.importanceSamplingMode,
  clipMin: config.importanceSamplingClipMin,
  clipMax: config.importanceSamplingClipMax,
});

/** The sampler's log-probabilities; the training pass's where it told none, so that those tokens show no drift. */
const samplerValues = (rollout: Rollout, old: Float32Array | undefined): readonly number[] =>
  rollout.logProbabilities.map((value, token) => (Number.isNaN(value) ? (old?.[token] ?? 0) : value));

/** Computes what the loss needs of each completion. */
export const prepareBatch = async (options: PrepareOptions): Promise<PreparedBatch> => {
  const { policy, config, numGenerations } = options;
  const { rollouts, scored } = options.batch;
  const { advantages, totals, fracRewardZeroStd } = computeAdvantages({
    scores: scored.scores,
    weights: options.weights,
    totals: scored.total,
    combined: options.combined,
    numGenerations,
    scaleRewards: config.scaleRewards,
    aggregation: config.multiObjectiveAggregation,
  });
  const truncated = rollouts.map(({ tokenIds }) => isTruncated(tokenIds, policy.info));
  const plain = rollouts.map(({ prompt, tokenIds }, index): TokenRow => ({
    promptIds: prompt.ids,
    completionIds: tokenIds,
    masked: config.maskTruncatedCompletions && truncated[index] === true,
    advantage: advantages[index] ?? 0,
  }));
  const { sampledElsewhere } = options.batch;
  const corrects = sampledElsewhere && config.importanceSamplingCorrection;
  const masksDrift = sampledElsewhere && config.offPolicyMaskThreshold !== null;
  const hasGaps = sampledElsewhere && rollouts.some(({ logProbabilities }) => logProbabilities.some(Number.isNaN));
  const needsOld = options.needsOldLogProbabilities || (hasGaps && (corrects || masksDrift));
  const defers = corrects && !needsOld;
  const old = needsOld ? await logProbabilitiesOf(options, plain, "policy") : undefined;
  const reference = config.beta === 0 ? undefined : await logProbabilitiesOf(options, plain, "reference");
  const sampled = plain.map((row, index) => ({
    ...row,
    samplingLogProbabilities: (rollouts[index] as Rollout).logProbabilities,
  }));
  const correction = corrects && old ? correctionOf(sampled, old, correctionOptions(config)) : undefined;
  const rows = plain.map((row, index): TokenRow => ({
    ...row,
    ...(old ? { oldLogProbabilities: old[index] as Float32Array } : {}),
    ...(reference ? { referenceLogProbabilities: reference[index] as Float32Array } : {}),
    ...(correction ? { importanceRatio: correction.ratios[index] as Float32Array } : {}),
    ...(masksDrift || defers
      ? { samplingLogProbabilities: samplerValues(rollouts[index] as Rollout, old?.[index]) }
      : {}),
  }));

  const lengths = rollouts.map(({ tokenIds }) => tokenIds.length);
  return {
    rows,
    advantages,
    correction: defers ? correctionOptions(config) : undefined,
    itemsInBatch: rows.reduce((sum, { masked, completionIds }) => sum + (masked ? 0 : completionIds.length), 0),
    tokens: rows.reduce((sum, { promptIds, completionIds }) => sum + promptIds.length + completionIds.length, 0),
    metrics: {
      ...completionMetrics({ lengths, truncated }),
      ...rewardMetrics({ names: scored.names, scores: scored.scores, totals, fracRewardZeroStd }),
      ...scoringMetrics(scored),
      ...correction?.metrics,
    },
  };
};
