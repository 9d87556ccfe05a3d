/** What is logged of a generation batch, under TRL's names and by TRL's definitions. Pure functions. */
import { deviationOf, largestOf, meanOf, smallestOf } from "./statistics.js";

export type Metrics = Readonly<Record<string, number>>;

export interface CompletionLengths {
  /** Tokens of each completion, the end-of-sequence token included. [n] */
  readonly lengths: readonly number[];
  /** True for completions that did not end by themselves. [n] */
  readonly truncated: readonly boolean[];
}

/** `completions/…`: lengths in tokens over all completions, and over those that ended by themselves (0 if none). */
export function completionMetrics({ lengths, truncated }: CompletionLengths): Metrics {
  const ended = lengths.filter((_, index) => truncated[index] !== true);
  const terminated = ended.length === 0 ? [0] : ended;
  return {
    "completions/mean_length": meanOf(lengths),
    "completions/min_length": smallestOf(lengths),
    "completions/max_length": largestOf(lengths),
    "completions/clipped_ratio": truncated.filter(Boolean).length / truncated.length,
    "completions/mean_terminated_length": meanOf(terminated),
    "completions/min_terminated_length": smallestOf(terminated),
    "completions/max_terminated_length": largestOf(terminated),
  };
}

/**
 * TRL's test for a completion that was cut: its last token is neither an end-of-sequence nor the padding token.
 * An empty completion was cut.
 */
export function isTruncated(
  tokenIds: ArrayLike<number>,
  { eosTokenIds, padTokenId }: { readonly eosTokenIds: readonly number[]; readonly padTokenId: number | null },
): boolean {
  const last = tokenIds[tokenIds.length - 1];
  return last === undefined || !(eosTokenIds.includes(last) || last === padTokenId);
}

export interface RewardScores {
  /** [k] */
  readonly names: readonly string[];
  /** Raw scores; null where a reward abstained. [n][k] */
  readonly scores: readonly (readonly (number | null)[])[];
  /** Combined scores; null where there is none. [n] */
  readonly totals: readonly (number | null)[];
  /** From `computeAdvantages`. */
  readonly fracRewardZeroStd: number;
}

/**
 * `rewards/<name>/mean` and `/std` of the raw scores, `reward` and `reward_std` of the combined ones, all over the
 * whole batch and without abstentions (NaN where all abstained), and `frac_reward_zero_std`.
 */
export function rewardMetrics({ names, scores, totals, fracRewardZeroStd }: RewardScores): Metrics {
  const metrics: Record<string, number> = {};
  names.forEach((name, column) => {
    const values = scores.map((row) => row[column] ?? null);
    metrics[`rewards/${name}/mean`] = meanOf(values);
    metrics[`rewards/${name}/std`] = deviationOf(values);
  });
  return {
    ...metrics,
    reward: meanOf(totals),
    reward_std: deviationOf(totals),
    frac_reward_zero_std: fracRewardZeroStd,
  };
}

/** The same metrics under TRL's names for evaluation: `eval_reward`. */
export function evaluationNames<T>(metrics: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`eval_${name}`, value]));
}
