/** The weighted sum of scores, abstentions left out. Follows TRL's `nansum` over rewards. */
import type { Range, Score } from "../reward.js";

export interface WeightedSum {
  /** Null where every reward that counts abstains. */
  total(scores: Readonly<Record<string, Score>>): Score;
  /** Where the total can lie. Any reward may abstain and then adds nothing. */
  range(ranges: Readonly<Record<string, Range>>): Range;
}

/**
 * Sums `weight * score`. Rewards of weight 0 are metrics only: they neither add nor keep a total from being null,
 * unless all weights are 0.
 */
export function weightedSum(weights: Readonly<Record<string, number>>): WeightedSum {
  const all = Object.entries(weights);
  const weighted = all.filter(([, weight]) => weight !== 0);
  const counted = weighted.length > 0 ? weighted : all;
  return {
    total(scores) {
      let total: Score = null;
      for (const [name, weight] of counted) {
        const score = scores[name] ?? null;
        if (score !== null) total = (total ?? 0) + weight * score;
      }
      return total;
    },
    range(ranges) {
      const intervals = counted.map(([name, weight]) => scaled(ranges[name] ?? [null, null], weight));
      return [lowest(intervals.map(([low]) => low)), negated(lowest(intervals.map(([, high]) => negated(high))))];
    },
  };
}

function scaled([low, high]: Range, weight: number): Range {
  const at = (bound: number | null) => (bound === null ? null : bound * weight + 0);
  if (weight === 0) return [0, 0];
  return weight > 0 ? [at(low), at(high)] : [at(high), at(low)];
}

/** The lowest sum over any non-empty choice of terms: all negative ones together, or the smallest one. */
function lowest(bounds: readonly (number | null)[]): number | null {
  if (bounds.includes(null)) return null;
  const known = bounds as readonly number[];
  const negative = known.filter((bound) => bound < 0);
  return negative.length > 0 ? negative.reduce((sum, bound) => sum + bound, 0) : Math.min(...known);
}

function negated(bound: number | null): number | null {
  return bound === null ? null : 0 - bound;
}
