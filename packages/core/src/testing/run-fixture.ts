/** Runs one fixture through the scorer and compares what a reward says with what the row expects. */
import { displayName } from "../dataset/find-files.js";
import { errorMessage } from "../error.js";
import type { Reward, Score } from "../reward.js";
import type { ExpectedResult, ExpectedScore, Fixture, FixtureCase } from "./fixture.js";
import { SCORE_TOLERANCE } from "./fixture.js";
import { openTestScorer, type ScoredSample, type ScoringOptions, type TestScorer } from "./score-sample.js";

/** One thing that was compared. Plain data. */
export interface Comparison {
  readonly completion: string;
  readonly expected: {
    /** Absent where the row says nothing of the score itself: an error, or a pair. */
    readonly score?: ExpectedScore;
    readonly reason?: string;
    readonly metrics?: Readonly<Record<string, number>>;
  };
  /** Absent where scoring failed. */
  readonly given?: {
    readonly score: Score;
    readonly reason?: string;
    readonly metrics?: Readonly<Record<string, number>>;
  };
  /** What differs, as sentences; empty where nothing does. */
  readonly differences: readonly string[];
}

/** What became of one fixture. Plain data. */
export interface FixtureResult {
  readonly name: string;
  readonly kind: Fixture["kind"];
  /** The row is a group, of one sample or more. */
  readonly isGroup: boolean;
  readonly passed: boolean;
  /** `fixtures/exact-answer.jsonl:3`; absent for rows from code. */
  readonly place?: string;
  readonly line?: number;
  /** One for each sample; of a pair the better one first. */
  readonly comparisons: readonly Comparison[];
  /** What is wrong with the row as a whole: a failure where scores were expected, or none where one was. */
  readonly problem?: string;
  /** The message of the failure that scoring was, expected or not. */
  readonly error?: string;
  readonly expectedError?: string;
}

type OpenScorer = (params: FixtureCase["params"]) => TestScorer;

/** Runs a fixture. What the reward does wrong is in the result, never thrown. */
export async function runFixture(
  reward: Reward,
  fixture: Fixture,
  options: ScoringOptions = {},
): Promise<FixtureResult> {
  const open: OpenScorer = (params) => openTestScorer(reward, params, options);
  const { name, kind, location } = fixture;
  const about = {
    name,
    kind,
    isGroup: fixture.kind !== "ranked" && fixture.case.isGroup === true,
    ...(location && { place: placeOf(fixture) }),
    ...(location?.line !== undefined && { line: location.line }),
  };
  const judged = await (fixture.kind === "ranked"
    ? runPair(reward, fixture, open)
    : fixture.kind === "failing"
      ? runFailing(fixture, open)
      : runScored(fixture, open));
  const passed =
    judged.problem === undefined && judged.comparisons.every(({ differences }) => differences.length === 0);
  return { ...about, passed, ...judged };
}

/** `fixtures/exact-answer.jsonl:3` */
export function placeOf({ location }: Pick<Fixture, "location">): string {
  return location ? [displayName(location.file), location.line].filter((part) => part !== undefined).join(":") : "";
}

type Judged = Pick<FixtureResult, "comparisons" | "problem" | "error" | "expectedError">;

async function runScored(
  { case: scored, expected }: Extract<Fixture, { kind: "scored" }>,
  open: OpenScorer,
): Promise<Judged> {
  const outcome = await scoreCase(scored, open);
  if (!outcome.ok) {
    const comparisons = scored.samples.map(({ completion }, index): Comparison => ({
      completion,
      expected: expected[index] ?? {},
      differences: [],
    }));
    return { comparisons, problem: "scoring it failed", error: outcome.error };
  }
  return {
    comparisons: outcome.results.map((result, index) => compare(result, expected[index] as ExpectedResult)),
  };
}

async function runFailing(
  { case: scored, error: expectedError }: Extract<Fixture, { kind: "failing" }>,
  open: OpenScorer,
): Promise<Judged> {
  const outcome = await scoreCase(scored, open);
  if (outcome.ok) {
    const comparisons = outcome.results.map((result) => ({ ...shown(result), expected: {}, differences: [] }));
    return { comparisons, problem: "it was scored, and an error was expected", expectedError };
  }
  const comparisons = scored.samples.map(({ completion }) => ({ completion, expected: {}, differences: [] }));
  const { error } = outcome;
  if (error.includes(expectedError)) return { comparisons, error, expectedError };
  return { comparisons, problem: "scoring it failed with another error than the expected one", error, expectedError };
}

async function runPair(
  reward: Reward,
  { better, worse }: Extract<Fixture, { kind: "ranked" }>,
  open: OpenScorer,
): Promise<Judged> {
  const samples = [...better.samples, ...worse.samples];
  // A reward that compares sees both at once.
  const together = reward.scope === "group" && JSON.stringify(better.params) === JSON.stringify(worse.params);
  const cases = together ? [{ samples, params: better.params }] : [better, worse];
  const results: ScoredSample[] = [];
  for (const each of cases) {
    const outcome = await scoreCase(each, open);
    if (!outcome.ok) {
      const comparisons = samples.map(({ completion }) => ({ completion, expected: {}, differences: [] }));
      return { comparisons, problem: "scoring it failed", error: outcome.error };
    }
    results.push(...outcome.results);
  }
  const [first, second] = results as [ScoredSample, ScoredSample];
  const comparisons = results.map((result) => ({ ...shown(result), expected: {}, differences: [] }));
  return outranks(first, second) ? { comparisons } : { comparisons, problem: rankingProblem(first, second) };
}

/** True where the first scores more; an abstention is neither more nor less than anything. */
export function outranks(better: Pick<ScoredSample, "score">, worse: Pick<ScoredSample, "score">): boolean {
  return better.score !== null && worse.score !== null && better.score > worse.score + SCORE_TOLERANCE;
}

function rankingProblem(better: ScoredSample, worse: ScoredSample): string {
  if (better.score === null || worse.score === null) {
    const which = better.score === null ? "better" : "worse";
    return `the ${which} one abstained, so that neither scores more`;
  }
  return `the better one scores ${better.score}, which is not more than the worse one's ${worse.score}`;
}

type CaseOutcome =
  | { readonly ok: true; readonly results: readonly ScoredSample[] }
  | { readonly ok: false; readonly error: string };

async function scoreCase({ samples, params }: FixtureCase, open: OpenScorer): Promise<CaseOutcome> {
  let scorer: TestScorer | undefined;
  try {
    scorer = open(params);
    return { ok: true, results: await scorer.score([samples]) };
  } catch (thrown) {
    return { ok: false, error: errorMessage(thrown) };
  } finally {
    await scorer?.dispose();
  }
}

const shown = ({ completion, score, reason, metrics }: ScoredSample): Pick<Comparison, "completion" | "given"> => ({
  completion,
  given: { score, ...(reason !== undefined && { reason }), ...(metrics && { metrics }) },
});

/** Compares one result with what is expected of it. */
function compare(result: ScoredSample, expected: ExpectedResult): Comparison {
  const differences: string[] = [];
  if (!scoreFits(result.score, expected.score))
    differences.push(`score ${say(result.score)}, not ${say(expected.score)}`);
  if (expected.reason !== undefined && result.reason !== expected.reason) differences.push("another reason");
  if (expected.metrics !== undefined && !metricsFit(result.metrics, expected.metrics))
    differences.push("other metrics");
  return { ...shown(result), expected, differences };
}

/** Whether a score is the expected one, within {@link SCORE_TOLERANCE}. */
export function scoreFits(score: Score, expected: ExpectedScore): boolean {
  if (expected === null || score === null) return score === expected;
  const [lowest, highest] = typeof expected === "number" ? [expected, expected] : expected;
  return score >= lowest - SCORE_TOLERANCE && score <= highest + SCORE_TOLERANCE;
}

/** Whether these are the expected metrics, all of them and no others, within {@link SCORE_TOLERANCE}. */
export function metricsFit(
  given: Comparison["expected"]["metrics"] = {},
  expected: Readonly<Record<string, number>>,
): boolean {
  const names = new Set([...Object.keys(given), ...Object.keys(expected)]);
  return [...names].every((name) => {
    const [left, right] = [given[name], expected[name]];
    return left !== undefined && right !== undefined && Math.abs(left - right) <= SCORE_TOLERANCE;
  });
}

/** A score in words: `0.5`, `0.4 to 0.6`, `abstains`. */
export function say(score: ExpectedScore): string {
  if (score === null) return "abstains";
  return typeof score === "number" ? String(score) : `${score[0]} to ${score[1]}`;
}
