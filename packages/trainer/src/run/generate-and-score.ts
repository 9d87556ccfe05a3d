/**
 * One generation batch: the policy samples completions, and each group is scored as soon as its last completion ends,
 * while other groups are still being generated.
 */
import type { ScoredBatch, Scorer } from "@pavlov/core";
import type { Tokenizer } from "../model/tokenizer.js";
import type { PolicyClient } from "../policy/client.js";
import type { FinishedRow } from "../policy/protocol.js";
import type { SamplingOptions } from "../rollout/sampler.js";
import type { EncodedPrompt } from "./prompts.js";
import { rolloutRows, type RolloutFunction } from "./rollout-function.js";

/** One sampled completion. */
export interface Rollout {
  readonly prompt: EncodedPrompt;
  /** Token ids, the end-of-sequence token included where there is one. */
  readonly tokenIds: readonly number[];
  /** What the sampler gave each token, in nats; none where a rollout function did not tell. */
  readonly logProbabilities: readonly number[];
  readonly finishReason: "stop" | "length";
  /** Decoded without special tokens. */
  readonly completion: string;
}

export interface GenerationBatch {
  /** Row r belongs to prompt floor(r / numGenerations). [n] */
  readonly rollouts: readonly Rollout[];
  /** In the rollouts' order. */
  readonly scored: ScoredBatch;
  /** True where log-probabilities came from a rollout function: training may have to correct for them. */
  readonly sampledElsewhere: boolean;
  readonly generateSeconds: number;
  /** Seconds that scoring took after the last completion had ended. */
  readonly scoreSeconds: number;
}

export interface GenerateAndScoreOptions {
  readonly policy: PolicyClient;
  readonly tokenizer: Tokenizer;
  readonly scorer: Scorer;
  readonly prompts: readonly EncodedPrompt[];
  readonly numGenerations: number;
  readonly maxCompletionLength: number;
  readonly sampling: SamplingOptions;
  readonly seed: number;
  /** Counts generation batches; decides the random numbers, with the seed. */
  readonly generation: number;
  /** Optimizer step, which rewards may read. */
  readonly step: number;
  /** Completes the prompts instead of the policy. */
  readonly rollout?: RolloutFunction | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (finished: number, total: number) => void;
}

/** Reorders what came group by group, in the order in which the groups ended, to the order of the rows. */
const inRowOrder = (scored: ScoredBatch, rowOfSample: readonly number[]): ScoredBatch => {
  const reorder = <T>(values: readonly T[]): T[] => {
    const ordered: T[] = [];
    rowOfSample.forEach((row, sample) => {
      ordered[row] = values[sample] as T;
    });
    return ordered;
  };
  return {
    names: scored.names,
    scores: reorder(scored.scores),
    total: reorder(scored.total),
    reasons: reorder(scored.reasons),
    metrics: reorder(scored.metrics),
    failures: reorder(scored.failures),
  };
};

/** Samples and scores `prompts.length * numGenerations` completions. */
export const generateAndScore = async (options: GenerateAndScoreOptions): Promise<GenerationBatch> => {
  const { policy, tokenizer, scorer, prompts, numGenerations } = options;
  const total = prompts.length * numGenerations;
  const rollouts: Rollout[] = [];
  const rowOfSample: number[] = [];
  const missing = prompts.map(() => numGenerations);
  let finished = 0;

  const session = scorer.begin({
    step: options.step,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const scoreGroup = (group: number): void => {
    const rows = Array.from({ length: numGenerations }, (_, index) => group * numGenerations + index);
    rowOfSample.push(...rows);
    session.add(
      rows.map((row) => {
        const { prompt, completion, tokenIds, finishReason } = rollouts[row] as Rollout;
        return {
          completion,
          row: prompt.row.columns,
          groupId: String(group),
          prompt: prompt.text,
          messages: prompt.messages,
          tokenIds,
          finishReason,
        };
      }),
    );
  };
  const receive = (rows: readonly FinishedRow[]): void => {
    for (const { row, tokenIds, logProbabilities, finishReason } of rows) {
      const group = Math.floor(row / numGenerations);
      const prompt = prompts[group] as EncodedPrompt;
      rollouts[row] = { prompt, tokenIds, logProbabilities, finishReason, completion: tokenizer.decode(tokenIds) };
      missing[group] = (missing[group] as number) - 1;
      if (missing[group] === 0) scoreGroup(group);
    }
    finished += rows.length;
    options.onProgress?.(finished, total);
  };

  const started = performance.now();
  const { rollout, maxCompletionLength, sampling, seed, generation, step } = options;
  if (rollout) {
    const request = { prompts, numGenerations, maxCompletionLength, sampling, seed, generation, step };
    receive(rolloutRows(await rollout(request), request, policy.info));
  } else {
    const ids = prompts.map((prompt) => prompt.ids);
    const request = { prompts: ids, numGenerations, maxCompletionLength, sampling, seed, step: generation };
    await policy.generate(request, receive);
  }
  const generated = performance.now();
  const scored = inRowOrder(await session.finish(), rowOfSample);
  return {
    rollouts,
    scored,
    sampledElsewhere: rollout !== undefined && rollouts.every((row) => row.logProbabilities.length > 0),
    generateSeconds: (generated - started) / 1000,
    scoreSeconds: (performance.now() - generated) / 1000,
  };
};
