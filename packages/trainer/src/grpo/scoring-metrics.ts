/** What TRL has no name for: errors of rewards, completions without a score, and the rewards' own metrics. */
import type { ScoredBatch } from "@pavlov/core";
import { meanOf } from "./statistics.js";

/**
 * `rewards/<name>/errors` (count, only where there are any), `rewards/<name>/metrics/<metric>` (mean over the samples
 * that have it) and `rewards/unscored` (share of completions without a total, only where there are any).
 */
export const scoringMetrics = (scored: ScoredBatch): Record<string, number> => {
  const metrics: Record<string, number> = {};
  scored.names.forEach((name, column) => {
    const errors = scored.failures.filter((row) => row[column] !== undefined).length;
    if (errors > 0) metrics[`rewards/${name}/errors`] = errors;
    const own = new Map<string, number[]>();
    for (const row of scored.metrics) {
      for (const [metric, value] of Object.entries(row[column] ?? {})) {
        const values = own.get(metric);
        if (values) values.push(value);
        else own.set(metric, [value]);
      }
    }
    for (const [metric, values] of own) metrics[`rewards/${name}/metrics/${metric}`] = meanOf(values);
  });
  const unscored = scored.total.filter((total) => total === null).length;
  if (unscored > 0) metrics["rewards/unscored"] = unscored / scored.total.length;
  return metrics;
};
