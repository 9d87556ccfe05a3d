/**
 * Completions that come from elsewhere than the policy's own sampler, as TRL's `rollout_func`: a server that runs the
 * same model faster, a loop that calls tools, or a record of an earlier run.
 */
import { PavlovError } from "@pavlov/core";
import type { FinishedRow, LoadReply } from "../policy/protocol.js";
import type { SamplingOptions } from "../rollout/sampler.js";
import type { EncodedPrompt } from "./prompts.js";

export interface RolloutRequest {
  readonly prompts: readonly EncodedPrompt[];
  /** Completions wanted of each prompt. */
  readonly numGenerations: number;
  readonly maxCompletionLength: number;
  readonly sampling: SamplingOptions;
  readonly seed: number;
  /** Counts generation batches. */
  readonly generation: number;
  /** Optimizer step, from 0. */
  readonly step: number;
}

export interface RolloutCompletion {
  /** The end-of-sequence token included where there is one. */
  readonly tokenIds: readonly number[];
  /**
   * What the sampler gave each token, in nats; NaN where it cannot tell. Where all completions have them, training
   * corrects for the difference from its own (`importanceSamplingCorrection`); without, none is assumed.
   */
  readonly logProbabilities?: readonly number[];
}

/** Returns `prompts.length * numGenerations` completions, those of each prompt together, in the prompts' order. */
export type RolloutFunction = (request: RolloutRequest) => Promise<readonly RolloutCompletion[]>;

type ModelLimits = Pick<LoadReply, "vocabularySize" | "eosTokenIds">;

/**
 * Checks what a rollout function returned and gives it the form of generated rows.
 * @throws PavlovError that names the completion and what is wrong with it.
 */
export const rolloutRows = (
  completions: readonly RolloutCompletion[],
  { prompts, numGenerations, maxCompletionLength }: RolloutRequest,
  { vocabularySize, eosTokenIds }: ModelLimits,
): readonly FinishedRow[] => {
  const wanted = prompts.length * numGenerations;
  if (completions.length !== wanted) {
    throw new PavlovError(
      `The rollout function returned ${completions.length} completions for ${prompts.length} prompts × ` +
        `${numGenerations} generations; ${wanted} are needed.`,
    );
  }
  return completions.map(({ tokenIds, logProbabilities }, row) => {
    const { length } = tokenIds;
    const named = `Completion ${row} of the rollout function`;
    if (length === 0) throw new PavlovError(`${named} has no tokens.`);
    if (length > maxCompletionLength) {
      throw new PavlovError(`${named} has ${length} tokens; maxCompletionLength is ${maxCompletionLength}.`);
    }
    const unknown = tokenIds.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize);
    if (unknown !== undefined) {
      throw new PavlovError(`${named} holds the token id ${unknown}; the model's vocabulary has ${vocabularySize}.`);
    }
    if (logProbabilities !== undefined && logProbabilities.length !== length) {
      throw new PavlovError(`${named} has ${length} tokens and ${logProbabilities.length} log-probabilities.`);
    }
    return {
      row,
      tokenIds,
      logProbabilities: logProbabilities ?? [],
      finishReason: eosTokenIds.includes(tokenIds[length - 1] as number) ? "stop" : "length",
    };
  });
};
