/** What TRL has no name for: rewards' errors, own metrics, usage and kept results, and completions without a score. */
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

/**
 * `rewards/<name>/errors` and `rewards/<name>/cache_hits` (counts, only where there are any),
 * `rewards/<name>/metrics/<metric>` (mean over the samples that have it), `rewards/<name>/usage/<key>` (sum, over the
 * samples that were not taken from the cache) and `rewards/unscored` (share of completions without a total, only where
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
  const unscored = scored.total.filter((total) => total === null).length;
  if (unscored > 0) metrics["rewards/unscored"] = unscored / scored.total.length;
  return metrics;
};
