/**
 * One generation batch: the policy samples completions, and each group is scored as soon as its last completion ends,
 * while other groups are still being generated.
 */
import type { ScoredBatch, Scorer, ScoringSession } from "@pavlov/core";
import type { Tokenizer } from "../model/tokenizer.js";
import type { PolicyClient } from "../policy/client.js";
import type { FinishedRow } from "../policy/protocol.js";
import type { RolloutOptions } from "../rollout/decode-kind.js";
import type { RolloutCosts } from "../rollout/generate.js";
import type { SamplingOptions } from "../rollout/sampler.js";
import { createYielder, unlessAborted } from "./event-loop.js";
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
  /**
   * True where log-probabilities came from a rollout function or from another precision: training may have to correct
   * for them.
   */
  readonly sampledElsewhere: boolean;
  /** Seconds of sampling by parts; none where a rollout function sampled. */
  readonly costs?: RolloutCosts | undefined;
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
  readonly minCompletionLength?: number;
  readonly sampling: SamplingOptions;
  /** How the policy's own sampler computes. Default: float32. */
  readonly precision?: RolloutOptions;
  readonly seed: number;
  /** Counts generation batches; decides the random numbers, with the seed. */
  readonly generation: number;
  /** Optimizer step, which rewards may read. */
  readonly step: number;
  /** Most completions that are generated at the same time; the others wait. */
  readonly maxRows?: number | undefined;
  /** Completes the prompts instead of the policy. */
  readonly rollout?: RolloutFunction | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (finished: number, total: number) => void;
}

/** Hands each group to the session once its last completion has ended, and returns all completions. */
const generate = async (
  { policy, tokenizer, prompts, onProgress, ...options }: GenerateAndScoreOptions,
  session: ScoringSession,
): Promise<{ readonly rollouts: readonly Rollout[]; readonly costs?: RolloutCosts | undefined }> => {
  const { numGenerations, maxCompletionLength, sampling, seed, generation, step, rollout } = options;
  const total = prompts.length * numGenerations;
  const rollouts: Rollout[] = [];
  const missing = prompts.map(() => numGenerations);
  const giveWay = createYielder();
  let finished = 0;
  let costs: RolloutCosts | undefined;

  const scoreGroup = (group: number): void => {
    const firstRow = group * numGenerations;
    const samples = rollouts.slice(firstRow, firstRow + numGenerations).map((row) => ({
      completion: row.completion,
      row: row.prompt.row.columns,
      groupId: String(group),
      prompt: row.prompt.text,
      messages: row.prompt.messages,
      tokenIds: row.tokenIds,
      finishReason: row.finishReason,
    }));
    session.add(samples, firstRow);
  };
  const read = async (rows: readonly FinishedRow[]): Promise<void> => {
    for (const { row, tokenIds, logProbabilities, finishReason } of rows) {
      await giveWay();
      if (session.signal.aborted) return;
      const group = Math.floor(row / numGenerations);
      const prompt = prompts[group] as EncodedPrompt;
      rollouts[row] = { prompt, tokenIds, logProbabilities, finishReason, completion: tokenizer.decode(tokenIds) };
      missing[group] = (missing[group] as number) - 1;
      if (missing[group] === 0) scoreGroup(group);
    }
    finished += rows.length;
    onProgress?.(finished, total);
  };
  // Decoding many long completions takes longer than a screen may stand still: rows wait in line.
  let reading = Promise.resolve();
  const receive = (rows: readonly FinishedRow[]): void => {
    reading = reading.then(() => read(rows)).catch((error: unknown) => session.abort(error));
  };

  if (rollout) {
    const request = { prompts, numGenerations, maxCompletionLength, sampling, seed, generation, step };
    receive(rolloutRows(await rollout(request), request, policy.info));
  } else {
    const ids = prompts.map((prompt) => prompt.ids);
    const own = {
      ...(options.minCompletionLength === undefined ? {} : { minCompletionLength: options.minCompletionLength }),
      ...(options.precision ? { rollout: options.precision } : {}),
      ...(options.maxRows === undefined ? {} : { maxRows: options.maxRows }),
    };
    const request = { prompts: ids, numGenerations, maxCompletionLength, sampling, seed, step: generation, ...own };
    ({ costs } = await policy.generate(request, receive, session.signal));
  }
  await reading;
  return { rollouts, costs };
};

/**
 * Samples and scores `prompts.length * numGenerations` completions. Where generation or a reward fails, or the signal
 * aborts, it rejects at once and the other one is told to stop.
 */
export const generateAndScore = async (options: GenerateAndScoreOptions): Promise<GenerationBatch> => {
  const { scorer, step, rollout, signal } = options;
  const started = performance.now();
  const session = scorer.begin({ step, ...(signal ? { signal } : {}) });
  try {
    const { rollouts, costs } = await unlessAborted(session.signal, generate(options, session));
    const generated = performance.now();
    const scored = await session.finish();
    return {
      rollouts,
      scored,
      sampledElsewhere:
        rollout === undefined
          ? options.precision?.precision === "int8"
          : rollouts.every((row) => row.logProbabilities.length > 0),
      costs,
      generateSeconds: (generated - started) / 1000,
      scoreSeconds: (performance.now() - generated) / 1000,
    };
  } catch (error) {
    session.abort(error);
    throw error;
  }
};
