/** `score`: what a reward says of a sample, or of the completions of one prompt, in a test. */
import type { ObjectSchema, Reward, SchemaInput } from "../reward.js";
import {
  scoreGroup,
  scoreSample,
  type OptionsArgument,
  type ScoredSample,
  type TestOptions,
  type TestSample,
} from "../testing/index.js";

/** Scores the completions of one prompt, which a reward that compares sees together. */
export function score<Name extends string, Columns extends ObjectSchema, Params extends ObjectSchema>(
  reward: Reward<Name, Columns, Params>,
  group: readonly TestSample<SchemaInput<Columns>>[],
  ...options: OptionsArgument<TestOptions<Name, SchemaInput<Params>>>
): Promise<readonly ScoredSample[]>;
/**
 * Scores as a run does: columns and params validated, `setup` before and `dispose` after, a failure thrown.
 *
 * @example
 * expect(await score(exactAnswer, { completion: "<answer>4</answer>", columns: { answer: "4" } })).toScore(1);
 *
 * @throws PavlovError for params or columns that do not fit, and for whatever a run would count as a failure.
 */
export function score<Name extends string, Columns extends ObjectSchema, Params extends ObjectSchema>(
  reward: Reward<Name, Columns, Params>,
  sample: TestSample<SchemaInput<Columns>>,
  ...options: OptionsArgument<TestOptions<Name, SchemaInput<Params>>>
): Promise<ScoredSample>;
// The sample stands last: TypeScript's message for a wrong call speaks of the last overload.
export function score(
  reward: Reward,
  given: TestSample<object> | readonly TestSample<object>[],
  ...options: OptionsArgument<TestOptions<string, object>>
): Promise<ScoredSample | readonly ScoredSample[]> {
  return isList(given) ? scoreGroup(reward, given, ...options) : scoreSample(reward, given, ...options);
}

function isList(given: TestSample<object> | readonly TestSample<object>[]): given is readonly TestSample<object>[] {
  return Array.isArray(given);
}
