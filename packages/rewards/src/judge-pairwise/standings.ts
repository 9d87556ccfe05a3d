// What a group's comparisons come to where some of them failed: who is withdrawn, and the others' shares of wins.
import type { Pair } from "./pairs.js";

/** What the first of a pair gained, from 0 to 1, or why nobody knows. */
export type Compared = number | Error;

/** One completion's comparisons with those that are not withdrawn. */
export interface Standing {
  readonly won: number;
  readonly games: number;
}

/** How many of a completion's comparisons failed, with others that are not withdrawn. */
function failuresOf(
  pairs: readonly Pair[],
  results: readonly Compared[],
  withdrawn: ReadonlySet<number>,
): Map<number, number> {
  const counts = new Map<number, number>();
  for (const [index, pair] of pairs.entries()) {
    if (!(results[index] instanceof Error) || pair.some((place) => withdrawn.has(place))) continue;
    for (const place of pair) counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  return counts;
}

/**
 * Completions to withdraw so that no failed comparison is left among the others: those with the most failed ones first,
 * and all that have as many, so that nobody's place in the group decides.
 */
function withdrawnFrom(pairs: readonly Pair[], results: readonly Compared[]): ReadonlySet<number> {
  const withdrawn = new Set<number>();
  for (;;) {
    const failures = failuresOf(pairs, results, withdrawn);
    if (failures.size === 0) return withdrawn;
    const most = Math.max(...failures.values());
    for (const [place, count] of failures) if (count === most) withdrawn.add(place);
  }
}

/**
 * Each completion's standing among those whose comparisons with each other all succeeded: what it would be had the others
 * never been in the group. A share of whatever happened to succeed would be another thing for each completion, since
 * whose comparisons fail is no matter of chance. An error stands for one that is withdrawn, or that is left alone.
 *
 * @param results one for each of the pairs
 */
export function standings(
  count: number,
  pairs: readonly Pair[],
  results: readonly Compared[],
): readonly (Standing | Error)[] {
  const withdrawn = withdrawnFrom(pairs, results);
  const sums = Array.from({ length: count }, () => ({ won: 0, games: 0 }));
  for (const [index, pair] of pairs.entries()) {
    const gained = results[index];
    if (typeof gained !== "number" || pair.some((place) => withdrawn.has(place))) continue;
    for (const [side, place] of pair.entries()) {
      const sum = sums[place];
      if (sum === undefined) continue;
      sum.won += side === 0 ? gained : 1 - gained;
      sum.games += 1;
    }
  }
  const failed = results.find((result) => result instanceof Error);
  return sums.map((sum, place) => {
    if (sum.games > 0 || failed === undefined) return sum;
    const own = results.find((result, index) => result instanceof Error && pairs[index]?.includes(place));
    return own instanceof Error ? own : failed;
  });
}
