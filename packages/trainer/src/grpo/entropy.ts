/**
 * Adaptive entropy control (Skywork-OR1, arXiv 2505.22312) as TRL has it: the bonus applies while the policy's
 * entropy is at or below a target, and its coefficient moves by a fixed amount after each optimizer step.
 */
import type { GRPOConfig } from "./config.js";

export type EntropyOptions = Pick<
  GRPOConfig,
  "entropyCoef" | "useAdaptiveEntropy" | "entropyCoefMin" | "entropyCoefMax" | "entropyCoefDelta" | "entropyTarget"
>;

/** What a checkpoint keeps. */
export interface EntropyState {
  readonly coefficient: number;
  /** Mean entropy per token of the last optimizer step, nats; null before the first. */
  readonly lastEntropy: number | null;
}

export function initialEntropyState({ entropyCoef }: EntropyOptions): EntropyState {
  return { coefficient: entropyCoef, lastEntropy: null };
}

/** The coefficient that every micro-batch of the coming optimizer step uses. */
export function appliedCoefficient({ coefficient, lastEntropy }: EntropyState, options: EntropyOptions): number {
  if (!options.useAdaptiveEntropy) return coefficient;
  return lastEntropy !== null && lastEntropy <= options.entropyTarget ? coefficient : 0;
}

/**
 * The state after an optimizer step.
 *
 * @param entropySum Sum of the entropies of the tokens that the loss kept, over the step's micro-batches
 * (`count/entropy_sum`), nats.
 * @param tokens Number of those tokens (`count/entropy_tokens`).
 */
export function nextEntropyState(
  state: EntropyState,
  entropySum: number,
  tokens: number,
  options: EntropyOptions,
): EntropyState {
  if (!options.useAdaptiveEntropy) return state;
  const { entropyCoefDelta: delta, entropyCoefMin: low, entropyCoefMax: high, entropyTarget } = options;
  const lastEntropy = entropySum / Math.max(tokens, 1);
  const coefficient =
    lastEntropy <= entropyTarget ? Math.min(state.coefficient + delta, high) : Math.max(state.coefficient - delta, low);
  return { coefficient, lastEntropy };
}
