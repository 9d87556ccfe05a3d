/** Scores a policy on held-out prompts: TRL's evaluation loop, without the prefix `eval_`. */
import type { Scorer } from "@pavlov/core";
import type { Tokenizer } from "../model/tokenizer.js";
import type { PolicyClient } from "../policy/client.js";
import { completionRecords, type CompletionRecord } from "../run/completion-records.js";
import { generateAndScore } from "../run/generate-and-score.js";
import type { EncodedPrompt } from "../run/prompts.js";
import type { RolloutFunction } from "../run/rollout-function.js";
import type { GRPOConfig } from "./config.js";
import { completionMetrics, isTruncated, rewardMetrics } from "./metrics.js";
import { samplingOf, type SamplingConfig } from "./sampling.js";
import { scoringMetrics } from "./scoring-metrics.js";

export type EvaluationConfig = SamplingConfig & Pick<GRPOConfig, "maxCompletionLength" | "seed">;

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
  /** Prompts generated at once. Default 64. */
  readonly promptsAtOnce?: number;
  readonly rollout?: RolloutFunction | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Metrics over all held-out rows, and every completion with its scores. */
export interface Evaluation {
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly completions: readonly CompletionRecord[];
}

/** Keeps evaluation's random numbers apart from training's: generation batches of training count up from 0. */
const EVALUATION_STEP = 2 ** 30;

const nullIfNaN = (metrics: Readonly<Record<string, number>>): Record<string, number | null> =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, Number.isNaN(value) ? null : value]));

/** Samples the same random numbers at every call, so that evaluations of one run can be compared. */
export const evaluatePolicy = async (options: EvaluatePolicyOptions): Promise<Evaluation> => {
  const { policy, prompts, config, numGenerations, promptsAtOnce = 64 } = options;
  const total = prompts.length * numGenerations;
  const batches = [];
  for (let start = 0; start < prompts.length; start += promptsAtOnce) {
    options.signal?.throwIfAborted();
    const done = start * numGenerations;
    batches.push(
      await generateAndScore({
        policy,
        tokenizer: options.tokenizer,
        scorer: options.scorer,
        prompts: prompts.slice(start, start + promptsAtOnce),
        numGenerations,
        maxCompletionLength: config.maxCompletionLength,
        sampling: samplingOf(config),
        seed: config.seed,
        generation: EVALUATION_STEP + start,
        step: options.step,
        rollout: options.rollout,
        ...(options.signal ? { signal: options.signal } : {}),
        onProgress: (finished) => options.onProgress?.(done + finished, total),
      }),
    );
  }
  const rollouts = batches.flatMap((batch) => batch.rollouts);
  const scored = {
    names: batches[0]?.scored.names ?? [],
    scores: batches.flatMap((batch) => batch.scored.scores),
    total: batches.flatMap((batch) => batch.scored.total),
    reasons: batches.flatMap((batch) => batch.scored.reasons),
    metrics: batches.flatMap((batch) => batch.scored.metrics),
    failures: batches.flatMap((batch) => batch.scored.failures),
  };
  const { frac_reward_zero_std: _, ...rewards } = rewardMetrics({
    names: scored.names,
    scores: scored.scores,
    totals: scored.total,
    fracRewardZeroStd: Number.NaN,
  });
  return {
    metrics: nullIfNaN({
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
