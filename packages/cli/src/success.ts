/** Which completions count as a success on held-out rows: those to which the named rewards give their highest score. */
import { PavlovError, suggestion, type Composite } from "@pavlov/core";

/** What a success is: each named reward at its highest score. */
export type SuccessRule = Readonly<Record<string, number>>;

/** A score that misses the highest one by rounding alone is the highest one. */
const ROUNDING = 1e-9;

/**
 * Looks up the highest score of each reward that a success needs.
 * @throws PavlovError where a name is unknown or a reward's score has no upper limit.
 */
export function successRule(names: readonly string[], rewards: Composite): SuccessRule {
  return Object.fromEntries(
    names.map((name) => {
      const part = rewards.parts[name];
      if (!part) {
        const known = Object.keys(rewards.parts);
        throw new PavlovError(
          `evaluate.success names "${name}", which is none of the rewards (${known.join(", ")}).${suggestion(name, known)}`,
        );
      }
      const highest = part.reward.range(part.params)[1];
      if (highest === null) {
        throw new PavlovError(`evaluate.success names "${name}", whose score has no upper limit.`, {
          hint: "Leave it out: only a reward with a highest score can say that a completion succeeded.",
        });
      }
      return [name, highest];
    }),
  );
}

/** Whether a completion's scores reach the highest ones that the rule names; an abstention does not. */
export function succeeds(scores: Readonly<Record<string, number | null>>, rule: SuccessRule): boolean {
  return Object.entries(rule).every(([name, highest]) => {
    const score = scores[name];
    return score !== null && score !== undefined && score >= highest - ROUNDING;
  });
}
