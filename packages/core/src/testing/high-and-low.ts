/** Whether fixtures show a reward at its best and at its worst. */
import { resolvePart } from "../compose/resolve-part.js";
import type { Range, Reward } from "../reward.js";
import type { CheckProblem } from "./check-cases.js";
import type { ExpectedScore, Fixture, ScoredFixture } from "./fixture.js";

/**
 * What is missing: a score above the middle of the range and one below it; where the range has no bounds, two scores of
 * which one is higher. A pair of a better and a worse sample is both.
 */
export function rangeProblem(reward: Reward, fixtures: readonly Fixture[]): CheckProblem | undefined {
  if (fixtures.some(({ kind }) => kind === "ranked")) return undefined;
  const scored = fixtures.filter((fixture): fixture is Fixture & ScoredFixture => fixture.kind === "scored");
  const open: number[] = [];
  let [high, low] = [false, false];
  for (const { case: one, expected } of scored) {
    const { params } = resolvePart(reward.name, { reward, options: { params: one.params } }, false);
    const [lowest, highest] = reward.range(params) satisfies Range;
    for (const { score } of expected) {
      const [least, most] = bounds(score);
      if (least === null || most === null) continue;
      if (lowest === null || highest === null) {
        open.push(least, most);
        continue;
      }
      const middle = (lowest + highest) / 2;
      high ||= least > middle;
      low ||= most < middle;
    }
  }
  if (open.length > 0 && Math.max(...open) > Math.min(...open)) return undefined;
  if (high && low) return undefined;
  const missing = high ? "a low score" : low ? "a high score" : "a high and none of a low score";
  const where = high ? "below" : low ? "above" : "above, and one below,";
  return { message: `it has no fixture of ${missing}: write one that must score ${where} the middle of its range` };
}

function bounds(score: ExpectedScore): readonly [number | null, number | null] {
  if (score === null) return [null, null];
  return typeof score === "number" ? [score, score] : score;
}
