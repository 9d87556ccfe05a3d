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
  /** The factor of each token's loss; one value for the whole row in sequence modes. [rows][tokens] or [rows][1] */
  readonly ratios: readonly Float32Array[];
  /** Share of completions (sequence modes) or tokens (token modes) that a mask mode dropped. */
  readonly droppedFraction: number;
  /** TRL's `sampling/…` metrics. */
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
  const bounded = (ratio: number) => {
    if (masks) return ratio < low || ratio > high ? 0 : ratio;
    return Math.min(Math.max(ratio, low), high);
  };
  const differences = rows.map(maskedDifferences);
  const raw = differences.map((row) =>
    perSequence ? [Math.exp(row.reduce((sum, value) => sum + value, 0))] : row.map(Math.exp),
  );
  const ratios = raw.map((row) => Float32Array.from(row, bounded));

  const counted = (row: SampledRow, values: ArrayLike<number>) =>
    Array.from(values).filter((_, index) => perSequence || counts(row, index));
  const flat = rows.flatMap((row, index) => counted(row, ratios[index] ?? []));
  const dropped = masks
    ? rows.flatMap((row, index) => counted(row, raw[index] ?? [])).filter((r) => bounded(r) === 0)
    : [];
  const drifts = rows.flatMap((row) =>
    Array.from(row.oldLogProbabilities, (old, index) =>
      Math.abs(old - (row.samplingLogProbabilities[index] ?? Number.NaN)),
    ).filter((drift, index) => counts(row, index) && !Number.isNaN(drift)),
  );
  return {
    ratios,
    droppedFraction: flat.length === 0 ? 0 : dropped.length / flat.length,
    metrics: {
      "sampling/sampling_logp_difference/mean": mean(drifts),
      "sampling/sampling_logp_difference/max": largest(drifts),
      "sampling/importance_sampling_ratio/min": smallest(flat),
      "sampling/importance_sampling_ratio/mean": mean(flat),
      "sampling/importance_sampling_ratio/max": largest(flat),
    },
  };
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
