/** The metrics of a micro-batch that was computed in parts, as if it had been computed at once. */

/** Names of weights, which travel with the metrics of a loss but are not logged. */
export function isCount(name: string): boolean {
  return name.startsWith("count/");
}

type Combination = "sum" | "smallest" | "largest" | "rows" | "tokens";

const COMBINATIONS: Readonly<Record<string, Combination>> = {
  policy_loss: "sum",
  "clip_ratio/low_min": "smallest",
  "clip_ratio/high_max": "largest",
  "vespo/phi_seq_mean": "rows",
};

/** Metrics of a ratio, of which there is one for each row at sequence level. */
const OF_RATIO = new Set(["clip_ratio/low_mean", "clip_ratio/high_mean", "clip_ratio/region_mean", "cispo_clip_ratio"]);

function combinationOf(name: string, level: "token" | "sequence"): Combination {
  if (isCount(name)) return "sum";
  return COMBINATIONS[name] ?? (level === "sequence" && OF_RATIO.has(name) ? "rows" : "tokens");
}

/**
 * Joins the metrics of the parts of one micro-batch: means weighted by the tokens or rows behind them, sums summed.
 * Across micro-batches TRL takes the plain mean: see `MetricWindow`.
 */
export function combineLossMetrics(
  parts: readonly Readonly<Record<string, number>>[],
  level: "token" | "sequence" = "token",
): Record<string, number> {
  const first = parts[0];
  if (first === undefined || parts.length === 1) return { ...first };
  const names = new Set(parts.flatMap((part) => Object.keys(part)));
  return Object.fromEntries([...names].map((name) => [name, combine(name, parts, combinationOf(name, level))]));
}

function combine(name: string, parts: readonly Readonly<Record<string, number>>[], how: Combination): number {
  const present = parts.filter((part) => !Number.isNaN(part[name] ?? Number.NaN));
  const values = present.map((part) => part[name] ?? 0);
  if (values.length === 0) return Number.NaN;
  const sum = (numbers: readonly number[]) => numbers.reduce((total, value) => total + value, 0);
  if (how === "sum") return sum(values);
  if (how === "smallest") return Math.min(...values);
  if (how === "largest") return Math.max(...values);
  const weights = present.map((part) => part[`count/${how}`] ?? 0);
  return sum(values.map((value, index) => value * (weights[index] ?? 0))) / Math.max(sum(weights), 1);
}
