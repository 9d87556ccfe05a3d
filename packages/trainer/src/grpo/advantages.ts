/**
 * Scores to advantages, as TRL's `_generate_and_score_completions`. Other trainers differ, so that the first row of
 * [1, 0, 0, 0] gets 1.4997 here and in TRL (sample deviation + 1e-4), 1.499997 in verl (+ 1e-6; a group of one is not
 * centred), 1.5 in OpenRLHF (+ 1e-9), 1.732 in ART and mlx-node (population deviation), 0.75 in prime-rl (centred
 * only, which is `scaleRewards: none` here).
 */
import { PavlovError } from "@pavlov/core";
import { deviationOf, meanOf } from "./statistics.js";

/** What a score is divided by: the deviation of its group, of the whole generation batch, or nothing. */
export const SCALE_REWARDS = ["group", "batch", "none"] as const;
export type ScaleRewards = (typeof SCALE_REWARDS)[number];

/** Whether several rewards are added and then normalized, or each normalized and then added (GDPO). */
export const AGGREGATIONS = ["sum_then_normalize", "normalize_then_sum"] as const;
export type Aggregation = (typeof AGGREGATIONS)[number];

export interface AdvantageInput {
  /** Raw scores of n completions under k rewards; null where a reward abstained. [n][k] */
  readonly scores: readonly (readonly (number | null)[])[];
  /** [k] */
  readonly weights: readonly number[];
  /**
   * The combined score of each completion; null leaves it out of every mean and deviation and gives it advantage 0.
   * Absent: the weighted sum of the scores that are there. [n]
   */
  readonly totals?: readonly (number | null)[];
  /** True when the totals come from an expression, which GDPO cannot use. */
  readonly combined?: boolean;
  /** Completions of each prompt; they follow each other. */
  readonly numGenerations: number;
  readonly scaleRewards: ScaleRewards;
  readonly aggregation: Aggregation;
}

export interface Advantages {
  /** [n] */
  readonly advantages: readonly number[];
  /** The combined score as logged: `totals`, or the weighted sum. [n] */
  readonly totals: readonly (number | null)[];
  /** What was normalized: the totals, or the sums of normalized scores under GDPO. [n] */
  readonly rewards: readonly (number | null)[];
  /** The deviation behind each completion; NaN for a group with fewer than two scores. [n] */
  readonly deviations: readonly number[];
  /** Whether that deviation is 0 for practical purposes, so that the completion teaches nothing. [n] */
  readonly isStdZero: readonly boolean[];
  /** Share of completions where it is. */
  readonly fracRewardZeroStd: number;
}

const EPSILON = 1e-4;
/** `torch.isclose` to 0 with its default tolerance. */
const ZERO_TOLERANCE = 1e-8;

/** Throws a `PavlovError` when the scores are not in groups of `numGenerations`, or GDPO meets an expression. */
export function computeAdvantages(input: AdvantageInput): Advantages {
  const { scores, numGenerations } = input;
  if (scores.length % numGenerations !== 0) {
    throw new PavlovError(
      `${scores.length} scored completions are not whole groups of numGenerations (${numGenerations}).`,
    );
  }
  const totals = input.totals ?? scores.map((row) => weightedSum(row, input.weights));
  return input.aggregation === "sum_then_normalize"
    ? { totals, ...sumThenNormalize(totals, input) }
    : { totals, ...normalizeThenSum(totals, input) };
}

type Normalized = Omit<Advantages, "totals">;

function sumThenNormalize(
  totals: readonly (number | null)[],
  { numGenerations, scaleRewards }: AdvantageInput,
): Normalized {
  const groups = groupsOf(totals, numGenerations);
  const means = groups.flatMap((group) => repeat(meanOf(group), numGenerations));
  const deviations =
    scaleRewards === "batch"
      ? repeat(totals.length > 1 ? deviationOf(totals) : 0, totals.length)
      : groups.flatMap((group) => repeat(numGenerations > 1 ? deviationOf(group) : 0, numGenerations));
  const advantages = totals.map((total, index) => {
    const centred = (total ?? Number.NaN) - (means[index] ?? Number.NaN);
    return scaleRewards === "none" ? centred : centred / ((deviations[index] ?? Number.NaN) + EPSILON);
  });
  return normalized(advantages, totals, deviations);
}

function normalizeThenSum(totals: readonly (number | null)[], input: AdvantageInput): Normalized {
  if (input.combined === true) {
    throw new PavlovError(
      "multiObjectiveAggregation: normalize_then_sum normalizes each reward before adding, so it cannot use a " +
        "`combine` expression; write weights instead, or use sum_then_normalize.",
    );
  }
  const { scores, weights, numGenerations } = input;
  const columns = weights.map((_, column) =>
    groupsOf(
      // A completion without a total failed or was never scored: none of its scores may move a mean.
      scores.map((row, index) => (totals[index] === null ? null : (row[column] ?? null))),
      numGenerations,
    ).flatMap(standardized),
  );
  const rewards = totals.map((total, index) =>
    total === null
      ? null
      : weightedSum(
          columns.map((column) => column[index] ?? null),
          weights,
          0,
        ),
  );
  const mean = meanOf(rewards);
  const deviation = rewards.length > 1 ? deviationOf(rewards) : 0;
  const advantages = rewards.map((reward) => ((reward ?? Number.NaN) - mean) / (deviation + EPSILON));
  return normalized(advantages, rewards, repeat(deviation, rewards.length));
}

function normalized(
  advantages: readonly number[],
  rewards: readonly (number | null)[],
  deviations: readonly number[],
): Normalized {
  const isStdZero = deviations.map((deviation) => Math.abs(deviation) <= ZERO_TOLERANCE);
  return {
    advantages: advantages.map((advantage) => (Number.isNaN(advantage) ? 0 : advantage)),
    rewards,
    deviations,
    isStdZero,
    fracRewardZeroStd: isStdZero.length === 0 ? Number.NaN : isStdZero.filter(Boolean).length / isStdZero.length,
  };
}

/** Sum over the scores that are there; `empty` when none is. */
function weightedSum(
  row: readonly (number | null)[],
  weights: readonly number[],
  empty: number | null = null,
): number | null {
  const present = row.flatMap((score, index) => (score === null ? [] : [score * (weights[index] ?? 1)]));
  return present.length === 0 ? empty : present.reduce((sum, value) => sum + value, 0);
}

/** The values of one group minus their mean, over their deviation; null where there is nothing to divide. */
function standardized(group: readonly (number | null)[]): (number | null)[] {
  const mean = meanOf(group);
  const deviation = group.length > 1 ? deviationOf(group) : 0;
  return group.map((value) => {
    const result = ((value ?? Number.NaN) - mean) / (deviation + EPSILON);
    return Number.isNaN(result) ? null : result;
  });
}

function groupsOf<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: values.length / size }, (_, index) => values.slice(index * size, (index + 1) * size));
}

function repeat<T>(value: T, times: number): T[] {
  return Array.from({ length: times }, () => value);
}
