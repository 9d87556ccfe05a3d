/** What a reward owes on every completion: a score inside its range, the same each time, and what its options ask. */
import type { Range, Reward } from "../reward.js";
import { problem, scoreOrProblem, type CheckedCase, type CheckProblem, type ScorerShelf } from "./check-cases.js";
import { SCORE_TOLERANCE } from "./fixture.js";
import type { ScoredSample } from "./score-sample.js";

/** How much a reward owes. */
export interface Duties {
  /** Every result has a reason of one line, of at most 200 characters. Default false. */
  readonly reasons?: boolean;
  /**
   * No room for rounding: scores exactly within the range, no -0, and reason and metrics the same each time too.
   * Default false.
   */
  readonly strict?: boolean;
}

/** What a reward breaks of its duties on one case. */
export async function broken(
  reward: Reward,
  one: CheckedCase,
  shelf: ScorerShelf,
  duties: Duties,
): Promise<CheckProblem | undefined> {
  const results = await scoreOrProblem(shelf, one);
  if (!isList(results)) return results;
  const unfit = unfitResult(one, results, shelf.range(one.params), duties);
  if (unfit || !reward.deterministic) return unfit;
  const again = await scoreOrProblem(shelf, one);
  if (!isList(again)) return again;
  const changed = difference(one, results, again, duties);
  if (changed) return { ...changed, message: `scored twice, it gave ${changed.message}` };
  if (reward.scope === "sample" || one.samples.length < 2) return undefined;
  const reversed = await scoreOrProblem(shelf, { ...one, samples: one.samples.toReversed() });
  if (!isList(reversed)) return reversed;
  const moved = difference(one, results, reversed.toReversed(), { ...duties, reasons: false, strict: false });
  return moved && { ...moved, message: `with its group in another order, it gave ${moved.message}` };
}

export function isList(value: readonly ScoredSample[] | CheckProblem): value is readonly ScoredSample[] {
  return Array.isArray(value);
}

/** The first result that is not as it must be. */
function unfitResult(
  one: CheckedCase,
  results: readonly ScoredSample[],
  [lowest, highest]: Range,
  { reasons = false, strict = false }: Duties,
): CheckProblem | undefined {
  const room = strict ? 0 : SCORE_TOLERANCE;
  for (const { score, reason, completion } of results) {
    if (reasons && !/^.{1,200}$/u.test(reason ?? "")) {
      const given = reason === undefined ? "no reason" : `the reason ${JSON.stringify(reason)}`;
      return problem(one, `it gave ${given} instead of one line of at most 200 characters`, completion);
    }
    if (score === null) continue;
    const inside = score >= (lowest ?? -Infinity) - room && score <= (highest ?? Infinity) + room;
    if (inside && Number.isFinite(score) && !(strict && Object.is(score, -0))) continue;
    const said = Object.is(score, -0) ? "-0" : String(score);
    return problem(one, `it gave ${said}, outside its range [${lowest}, ${highest}]`, completion);
  }
  return undefined;
}

/** The first sample that was scored otherwise the second time. */
export function difference(
  one: CheckedCase,
  before: readonly ScoredSample[],
  after: readonly ScoredSample[],
  { strict = false }: Duties,
): CheckProblem | undefined {
  const say = ({ score, reason, metrics }: ScoredSample) =>
    strict ? JSON.stringify({ score, reason, metrics }) : String(score ?? "an abstention");
  for (const [index, first] of before.entries()) {
    const second = after[index];
    if (second === undefined) continue;
    const same = strict ? say(first) === say(second) : near(first.score, second.score);
    if (!same) return problem(one, `${say(first)} and then ${say(second)}`, first.completion);
  }
  return undefined;
}

function near(first: number | null, second: number | null): boolean {
  if (first === null || second === null) return first === second;
  return Math.abs(first - second) <= SCORE_TOLERANCE;
}
