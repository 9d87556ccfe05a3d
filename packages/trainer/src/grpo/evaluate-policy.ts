/** Scores a policy on held-out prompts: TRL's evaluation loop, without the prefix `eval_`. */
import type { Scorer } from "@pavlov/core";
import type { Tokenizer } from "../model/tokenizer.js";
import type { PolicyClient } from "../policy/client.js";
import { completionRecords, type CompletionRecord } from "../run/completion-records.js";
import { generateAndScore, type GenerationBatch } from "../run/generate-and-score.js";
import type { EncodedPrompt } from "../run/prompts.js";
import type { RolloutFunction } from "../run/rollout-function.js";
import { lossOptions, type GRPOConfig } from "./config.js";
import { isCount } from "./metric-window.js";
import { completionMetrics, isTruncated, rewardMetrics } from "./metrics.js";
import { prepareBatch } from "./prepare-batch.js";
import type { RolloutOptions } from "../rollout/decode-kind.js";
import { samplingOf, type SamplingConfig } from "../rollout/sampling-options.js";
import { scoringMetrics } from "./scoring-metrics.js";

export type EvaluationConfig = SamplingConfig &
  Pick<GRPOConfig, "maxCompletionLength" | "seed"> &
  Partial<Pick<GRPOConfig, "minCompletionLength" | "rollout">>;

/** What the loss on held-out rows is computed with. */
export interface EvaluationLoss {
  readonly config: GRPOConfig;
  /** Current coefficient of the entropy bonus. */
  readonly entropyCoefficient: number;
  /** Most completions that are generated at the same time, as memory allows. */
  readonly maxRows?: number;
}

export interface EvaluatePolicyOptions {
  readonly policy: PolicyClient;
  readonly tokenizer: Tokenizer;
  readonly scorer: Scorer;
  readonly prompts: readonly EncodedPrompt[];
  readonly config: EvaluationConfig;
  /** Completions of each prompt. */
  readonly numGenerations: number;
  /** Optimizer step, which rewards may read. */
  readonly step: number;
  /**
   * Makes it the evaluation of a training run: the loss is computed too, in batches of `perDeviceEvalBatchSize` as in
   * TRL. Completions are generated in larger ones, which is faster and comes to the same metrics.
   */
  readonly training?: EvaluationLoss;
  readonly rollout?: RolloutFunction | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Prompts generated at once where no training run says how many. */
const PROMPTS_AT_ONCE = 64;

/** Completions asked for at once in a training run. It decides the random numbers, so nothing else may decide it. */
const ROWS_AT_ONCE = 256;

/** Metrics over all held-out rows, and every completion with its scores. */
export interface Evaluation {
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly completions: readonly CompletionRecord[];
}

/** Keeps evaluation's random numbers apart from training's: generation batches of training count up from 0. */
const EVALUATION_STEP = 2 ** 30;

/**
 * Evaluation samples in float32, whatever training samples in: 8 bits are there for speed, and would be measured too.
 * Beside a program of 8-bit weights it reads the weights from where they lie, so that they are not copied again.
 */
const precisionOf = ({ rollout }: EvaluationConfig): RolloutOptions => ({
  precision: "float32",
  weights: rollout?.precision === "int8" ? "inputs" : (rollout?.weights ?? "auto"),
});

const nullIfNaN = (metrics: Readonly<Record<string, number>>): Record<string, number | null> =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, Number.isNaN(value) ? null : value]));

/** Means of metrics over batches of these sizes, leaving out NaN and what is not logged (`count/…`). */
const weightedMeans = (
  batches: readonly Readonly<Record<string, number>>[],
  sizes: readonly number[],
): Record<string, number> => {
  const names = new Set(batches.flatMap((metrics) => Object.keys(metrics)).filter((name) => !isCount(name)));
  const meanOf = (name: string): number => {
    let [sum, weight] = [0, 0];
    for (const [index, metrics] of batches.entries()) {
      const value = metrics[name] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      sum += value * (sizes[index] as number);
      weight += sizes[index] as number;
    }
    return sum / weight;
  };
  return Object.fromEntries([...names].map((name) => [name, meanOf(name)]));
};

/**
 * The loss of one batch and its metrics, without a gradient: as in TRL's evaluation the batch is a whole generation
 * batch and a whole optimizer step, so that neither divides the loss.
 */
const lossMetrics = async (
  batch: GenerationBatch,
  { policy, scorer, numGenerations }: EvaluatePolicyOptions,
  { config, entropyCoefficient }: EvaluationLoss,
): Promise<Readonly<Record<string, number>>> => {
  const { rows, itemsInBatch, metrics } = await prepareBatch({
    policy,
    batch,
    config,
    weights: scorer.weights,
    combined: scorer.combined,
    numGenerations,
    microBatchSize: config.perDeviceEvalBatchSize,
    needsOldLogProbabilities: false,
  });
  const reply = await policy.accumulate({
    rows,
    loss: {
      kind: "grpo",
      options: lossOptions(config),
      temperature: config.temperature,
      itemsInBatch,
      gradientAccumulationSteps: 1,
      stepsPerGeneration: 1,
      entropyCoefficient,
    },
    evaluate: true,
  });
  const kept = Object.entries(metrics).filter(
    ([name]) => name === "frac_reward_zero_std" || name.startsWith("sampling/"),
  );
  return { loss: reply.loss, ...Object.fromEntries(kept), ...reply.metrics };
};

const together = (batches: readonly GenerationBatch[]): Pick<GenerationBatch, "rollouts" | "scored"> => {
  const scored = batches.map((batch) => batch.scored);
  return {
    rollouts: batches.flatMap(({ rollouts }) => rollouts),
    scored: {
      names: scored[0]?.names ?? [],
      scores: scored.flatMap(({ scores }) => scores),
      total: scored.flatMap(({ total }) => total),
      reasons: scored.flatMap(({ reasons }) => reasons),
      metrics: scored.flatMap(({ metrics }) => metrics),
      failures: scored.flatMap(({ failures }) => failures),
      usage: scored.flatMap(({ usage, total }) => usage ?? total.map(() => [])),
      cacheHits: scored.flatMap(({ cacheHits, total }) => cacheHits ?? total.map(() => [])),
      totalFailures: scored.flatMap(({ totalFailures, total }) => totalFailures ?? total.map(() => undefined)),
    },
  };
};

/** Some groups' completions of a batch, `count` from `start` on. */
const partOf = (batch: GenerationBatch, start: number, count: number): GenerationBatch => {
  const of = <T>(values: readonly T[]): readonly T[] => values.slice(start, start + count);
  const { names, scores, total, reasons, metrics, failures, totalFailures } = batch.scored;
  return {
    ...batch,
    rollouts: of(batch.rollouts),
    scored: {
      ...{ names, scores: of(scores), total: of(total), reasons: of(reasons), metrics: of(metrics) },
      failures: of(failures),
      ...(totalFailures ? { totalFailures: of(totalFailures) } : {}),
    },
  };
};

/** How many prompts are generated for at once, and how many completions one loss is computed over. */
const batchSizes = ({ numGenerations, training, rollout }: EvaluatePolicyOptions) => {
  if (!training) return { promptsAtOnce: PROMPTS_AT_ONCE, lossRows: Number.POSITIVE_INFINITY };
  const groups = Math.max(1, Math.floor(training.config.perDeviceEvalBatchSize / numGenerations));
  const lossRows = groups * numGenerations;
  // A rollout function gets the batches that TRL's gets.
  const losses = rollout ? 1 : Math.max(1, Math.floor(ROWS_AT_ONCE / lossRows));
  return { promptsAtOnce: losses * groups, lossRows };
};

/**
 * Samples the same random numbers at every call, so that evaluations of one run can be compared. Metrics of the
 * completions and rewards are over all rows; those of the loss are means over the batches, by their completions.
 */
export const evaluatePolicy = async (options: EvaluatePolicyOptions): Promise<Evaluation> => {
  const { policy, prompts, config, numGenerations, training, signal } = options;
  const { promptsAtOnce, lossRows } = batchSizes(options);
  const total = prompts.length * numGenerations;
  const batches: GenerationBatch[] = [];
  const losses: Readonly<Record<string, number>>[] = [];
  const sizes: number[] = [];
  for (let start = 0; start < prompts.length; start += promptsAtOnce) {
    signal?.throwIfAborted();
    const done = start * numGenerations;
    const batch = await generateAndScore({
      policy,
      tokenizer: options.tokenizer,
      scorer: options.scorer,
      prompts: prompts.slice(start, start + promptsAtOnce),
      numGenerations,
      maxCompletionLength: config.maxCompletionLength,
      minCompletionLength: config.minCompletionLength ?? 0,
      precision: precisionOf(config),
      sampling: samplingOf(config),
      seed: config.seed,
      generation: EVALUATION_STEP + start,
      step: options.step,
      rollout: options.rollout,
      maxRows: training?.maxRows,
      ...(signal ? { signal } : {}),
      onProgress: (finished) => options.onProgress?.(done + finished, total),
    });
    batches.push(batch);
    for (let first = 0; training && first < batch.rollouts.length; first += lossRows) {
      signal?.throwIfAborted();
      const part = partOf(batch, first, lossRows);
      losses.push(await lossMetrics(part, options, training));
      sizes.push(part.rollouts.length);
    }
  }
  const { rollouts, scored } = together(batches);
  const { frac_reward_zero_std: _, ...rewards } = rewardMetrics({
    names: scored.names,
    scores: scored.scores,
    totals: scored.total,
    fracRewardZeroStd: Number.NaN,
  });
  return {
    metrics: nullIfNaN({
      ...weightedMeans(losses, sizes),
      ...completionMetrics({
        lengths: rollouts.map(({ tokenIds }) => tokenIds.length),
        truncated: rollouts.map(({ tokenIds }) => isTruncated(tokenIds, policy.info)),
      }),
      ...rewards,
      ...scoringMetrics(scored),
    }),
    completions: batches.flatMap((batch) => completionRecords(batch)),
  };
};
