/** One sample's outcomes become scores under names and a total: abstentions leave sums, failures leave the sample. */
import { PavlovError } from "../error.js";
import type { Score } from "../reward.js";
import { describeThrown, nameSample, type Outcome, type SampleIdentity } from "./outcome.js";
import type { Plan, PlannedComposite, PlannedPart } from "./plan.js";
import type { ScoreFailure } from "./types.js";

/** What one named part gave for one sample. */
export interface PartResult {
  /** Null where the part abstained, or failed without a stand-in. */
  readonly score: Score;
  readonly reason?: string;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly usage?: Readonly<Record<string, number>>;
  /** Results that came from the cache. */
  readonly cacheHits: number;
  readonly failure?: ScoreFailure;
  /** The part failed and no policy gave it a score. */
  readonly unscored: boolean;
}

export interface SampleResult {
  readonly parts: readonly PartResult[];
  readonly total: Score;
  /** Every part was scored, and their combination was not a finite number. */
  readonly totalFailure?: ScoreFailure;
}

/**
 * @param outcomes of every reward that ran, by its position in the plan
 * @param name the whole's name in failures
 * @throws PavlovError when a composite fails whose policy is `fail`
 */
export function combineSample(
  plan: Plan,
  outcomes: readonly Outcome[],
  name: string,
  sample: SampleIdentity,
): SampleResult {
  const parts = plan.parts.map((part) => readPart(part, outcomes, sample));
  if (parts.some(({ unscored }) => unscored)) return { parts, total: null };
  const total = computeTotal(name, plan.parts, parts, plan.total, sample);
  if (!isFailure(total)) return { parts, total };
  if (plan.failsFast) throw new PavlovError(total.message);
  return { parts, total: null, totalFailure: total };
}

function readPart({ node }: PlannedPart, outcomes: readonly Outcome[], sample: SampleIdentity): PartResult {
  if (node.kind === "composite") return readComposite(node, outcomes, sample);
  const outcome = outcomes[node.position];
  if (outcome?.ok) {
    const { score, reason, metrics, usage, cached } = outcome;
    // Filled in step by step: this is made for every score.
    const result: { -readonly [Key in keyof PartResult]: PartResult[Key] } = {
      score,
      cacheHits: cached ? 1 : 0,
      unscored: false,
    };
    if (reason !== undefined) result.reason = reason;
    if (metrics) result.metrics = metrics;
    if (usage) result.usage = usage;
    return result;
  }
  const failure = { reward: node.bound.label, message: outcome?.message ?? "it was not scored" };
  return failed(failure, node.policy);
}

function readComposite(node: PlannedComposite, outcomes: readonly Outcome[], sample: SampleIdentity): PartResult {
  const parts = node.parts.map((part) => readPart(part, outcomes, sample));
  const usage = partUsage(node.parts, parts);
  const cacheHits = parts.reduce((sum, part) => sum + part.cacheHits, 0);
  const reason = partReasons(node.parts, parts);
  const details = {
    ...(reason !== "" && { reason }),
    metrics: partMetrics(node.parts, parts),
    ...(usage && { usage }),
    cacheHits,
  };
  const partFailure = parts.find(({ unscored }) => unscored)?.failure;
  if (partFailure) {
    if (node.policy === "fail") throw new PavlovError(partFailure.message);
    return { ...failed(partFailure, node.policy), ...details };
  }
  const total = computeTotal(node.label, node.parts, parts, node.total, sample);
  if (isFailure(total)) {
    if (node.failsFast) throw new PavlovError(total.message);
    return { ...failed(total, node.policy), ...details };
  }
  // A part's failure that a stand-in covers is still counted.
  const covered = parts.find(({ failure }) => failure)?.failure;
  return { score: total, ...details, ...(covered && { failure: covered }), unscored: false };
}

function isFailure(total: Score | ScoreFailure): total is ScoreFailure {
  return typeof total === "object" && total !== null;
}

function failed(failure: ScoreFailure, policy: PlannedComposite["policy"]): PartResult {
  return typeof policy === "object"
    ? { score: policy.score, failure, cacheHits: 0, unscored: false }
    : { score: null, failure, cacheHits: 0, unscored: true };
}

function partUsage(parts: readonly PlannedPart[], results: readonly PartResult[]): PartResult["usage"] {
  const entries = parts.flatMap(({ name }, position) =>
    Object.entries(results[position]?.usage ?? {}).map(([key, value]): [string, number] => [`${name}/${key}`, value]),
  );
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** In one line, as a composite tells them that scores by itself. */
function partReasons(parts: readonly PlannedPart[], results: readonly PartResult[]): string {
  return parts
    .flatMap(({ name }, position) => {
      const reason = results[position]?.reason;
      return reason === undefined ? [] : [`${name}: ${reason}`];
    })
    .join("; ");
}

/** Nothing of a nested composite is lost: its parts' scores are metrics under their names. */
function partMetrics(parts: readonly PlannedPart[], results: readonly PartResult[]): Readonly<Record<string, number>> {
  const entries = parts.flatMap(({ name }, position): [string, number][] => {
    const result = results[position];
    const own = Object.entries(result?.metrics ?? {}).map(([key, value]): [string, number] => [
      `${name}/${key}`,
      value,
    ]);
    return result === undefined || result.score === null ? own : [[name, result.score], ...own];
  });
  return Object.fromEntries(entries);
}

function computeTotal(
  label: string,
  parts: readonly PlannedPart[],
  results: readonly PartResult[],
  total: (scores: Readonly<Record<string, Score>>) => Score,
  sample: SampleIdentity,
): Score | ScoreFailure {
  const scores = Object.fromEntries(parts.map(({ name }, position) => [name, results[position]?.score ?? null]));
  const fail = (what: (shown: string) => string): ScoreFailure => {
    const shown = Object.entries(scores).map(([name, score]) => `${name} ${score}`);
    return { reward: label, message: `"${label}" ${what(shown.join(", "))} on ${nameSample(sample)}.` };
  };
  try {
    const combined = total(scores);
    if (combined === null || Number.isFinite(combined)) return combined;
    return fail((shown) => `combined ${shown} to ${combined} instead of a finite number`);
  } catch (thrown) {
    return fail((shown) => `could not combine ${shown} (${describeThrown(thrown)})`);
  }
}
