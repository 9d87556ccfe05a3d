/**
 * What TRL has no name for: rewards' errors, abstentions, own metrics, usage and kept results, and completions without a
 * score.
 */
import type { ScoredBatch } from "@pavlov/core";
import { meanOf } from "./statistics.js";

type Numbers = Readonly<Record<string, number>> | undefined;

/** Every value that samples have under a name, by the names. */
const collect = (samples: readonly Numbers[]): ReadonlyMap<string, readonly number[]> => {
  const collected = new Map<string, number[]>();
  for (const [name, value] of samples.flatMap((numbers) => Object.entries(numbers ?? {}))) {
    const values = collected.get(name);
    if (values) values.push(value);
    else collected.set(name, [value]);
  }
  return collected;
};

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Samples on which one reward abstained: null without a failure. */
export interface Abstentions {
  readonly reward: string;
  readonly completions: number;
  /** Rows of the dataset that those completions answer. */
  readonly rows: number;
  /** What the reward said of the first of them. */
  readonly firstReason?: string;
}

/** The rewards that abstained, in their order. Samples of a row lie together, `numGenerations` of each. */
export const abstentionsOf = (
  { names, scores, failures, reasons }: Pick<ScoredBatch, "names" | "scores" | "failures" | "reasons">,
  numGenerations: number,
): readonly Abstentions[] =>
  names.flatMap((reward, column) => {
    const abstained = scores.flatMap((row, index) =>
      row[column] === null && failures[index]?.[column] === undefined ? [index] : [],
    );
    if (abstained.length === 0) return [];
    const rows = new Set(abstained.map((index) => Math.floor(index / numGenerations))).size;
    const firstReason = abstained.map((index) => reasons[index]?.[column]).find((reason) => reason !== undefined);
    return [{ reward, completions: abstained.length, rows, ...(firstReason === undefined ? {} : { firstReason }) }];
  });

/**
 * `rewards/<name>/errors`, `rewards/<name>/abstained` and `rewards/<name>/cache_hits` (counts of completions, only where
 * there are any), `rewards/<name>/metrics/<metric>` (mean over the samples that have it), `rewards/<name>/usage/<key>`
 * (sum, over the samples that were not taken from the cache) and `rewards/unscored` (share of completions without a total, only where
 * there are any).
 */
export const scoringMetrics = (scored: ScoredBatch): Record<string, number> => {
  const metrics: Record<string, number> = {};
  scored.names.forEach((name, column) => {
    const errors = scored.failures.filter((row) => row[column] !== undefined).length;
    if (errors > 0) metrics[`rewards/${name}/errors`] = errors;
    const hits = sumOf(scored.cacheHits?.map((row) => row[column] ?? 0) ?? []);
    if (hits > 0) metrics[`rewards/${name}/cache_hits`] = hits;
    for (const [metric, values] of collect(scored.metrics.map((row) => row[column]))) {
      metrics[`rewards/${name}/metrics/${metric}`] = meanOf(values);
    }
    for (const [key, values] of collect(scored.usage?.map((row) => row[column]) ?? [])) {
      metrics[`rewards/${name}/usage/${key}`] = sumOf(values);
    }
  });
  for (const { reward, completions } of abstentionsOf(scored, 1)) metrics[`rewards/${reward}/abstained`] = completions;
  const unscored = scored.total.filter((total) => total === null).length;
  if (unscored > 0) metrics["rewards/unscored"] = unscored / scored.total.length;
  return metrics;
};
