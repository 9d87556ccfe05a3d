/**
 * Correction for completions that were sampled by another program than the one that trains (int8 rollouts): the
 * ratio of the training policy to the sampling policy, limited or dropped outside two bounds. As TRL's correction for
 * vLLM; computed once for each generation batch, outside the graph, where its metrics belong.
 */

export const IMPORTANCE_SAMPLING_MODES = [
  "token_truncate",
  "token_mask",
  "sequence_truncate",
  "sequence_mask",
] as const;
export type ImportanceSamplingMode = (typeof IMPORTANCE_SAMPLING_MODES)[number];

export interface ImportanceSamplingOptions {
  readonly mode: ImportanceSamplingMode;
  readonly clipMin: number | null;
  readonly clipMax: number | null;
}

/** The log-probabilities of one completion's tokens under both programs, and which tokens count (absent: all). */
export interface SampledRow {
  readonly oldLogProbabilities: ArrayLike<number>;
  /** NaN where the sampler could not tell: that token is not corrected. */
  readonly samplingLogProbabilities: ArrayLike<number>;
  readonly mask?: ArrayLike<number>;
}

export interface ImportanceSampling {
  /** The factor of each token's loss: in sequence modes the same for all tokens of a row. [rows][tokens] */
  readonly ratios: readonly Float32Array[];
  /** Share of completions (sequence modes) or tokens (token modes) that a mask mode dropped. */
  readonly droppedFraction: number;
  /** TRL's `sampling/…` metrics, and the dropped fraction beside them. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Ratios `exp(log p_old - log p_sampling)` after the mode's bounds. */
export function importanceSampling(
  rows: readonly SampledRow[],
  { mode, clipMin, clipMax }: ImportanceSamplingOptions,
): ImportanceSampling {
  const perSequence = mode.startsWith("sequence");
  const masks = mode.endsWith("mask");
  const [low, high] = [clipMin ?? Number.NEGATIVE_INFINITY, clipMax ?? Number.POSITIVE_INFINITY];
  const bounded = (logRatio: number) => {
    const ratio = Math.exp(logRatio);
    if (masks) return ratio < low || ratio > high ? 0 : ratio;
    return Math.min(Math.max(ratio, low), high);
  };
  const ratios = rows.map((row) => {
    const differences = maskedDifferences(row);
    if (!perSequence) return Float32Array.from(differences, bounded);
    const ofSequence = bounded(differences.reduce((sum, value) => sum + value, 0));
    return new Float32Array(differences.length).fill(ofSequence);
  });

  const measured = rows.flatMap((row, index) => {
    const values = Array.from(ratios[index] ?? []);
    return perSequence ? values.slice(0, 1) : values.filter((_, token) => counts(row, token));
  });
  const drifts = rows.flatMap(absoluteDrifts);
  const dropped = masks && measured.length > 0 ? measured.filter((r) => r === 0).length / measured.length : 0;
  return {
    ratios,
    droppedFraction: dropped,
    metrics: {
      "sampling/dropped_fraction": dropped,
      "sampling/sampling_logp_difference/mean": mean(drifts),
      "sampling/sampling_logp_difference/max": largest(drifts),
      "sampling/importance_sampling_ratio/min": smallest(measured),
      "sampling/importance_sampling_ratio/mean": mean(measured),
      "sampling/importance_sampling_ratio/max": largest(measured),
    },
  };
}

/** `|log p_old - log p_sampling|` of the tokens that count and have a value. */
function absoluteDrifts(row: SampledRow): number[] {
  return Array.from(row.oldLogProbabilities, (old, index) =>
    counts(row, index) ? Math.abs(old - (row.samplingLogProbabilities[index] ?? Number.NaN)) : Number.NaN,
  ).filter((drift) => !Number.isNaN(drift));
}

function counts({ mask }: SampledRow, index: number): boolean {
  return mask === undefined || mask[index] === 1;
}

/** `log p_old - log p_sampling`, 0 for tokens that do not count and for those without a value. */
function maskedDifferences(row: SampledRow): number[] {
  return Array.from(row.oldLogProbabilities, (old, index) => {
    const difference = old - (row.samplingLogProbabilities[index] ?? Number.NaN);
    return counts(row, index) && !Number.isNaN(difference) ? difference : 0;
  });
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function largest(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
}

function smallest(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
}
