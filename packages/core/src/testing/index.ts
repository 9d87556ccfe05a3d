/** Testing rewards without a test runner: `@pavlov/core/testing`. Fixtures, how they are run, and what they prove. */
export {
  SCORE_TOLERANCE,
  type ExpectedResult,
  type ExpectedScore,
  type FailingFixture,
  type Fixture,
  type FixtureCase,
  type FixtureFile,
  type FixtureSample,
  type RankedFixture,
  type ScoredFixture,
} from "./fixture.js";
export { fixtureListSchema, fixtureRowSchema } from "./fixture-schema.js";
export { findFixtures, fixtureExtensions, readFixtures } from "./read-fixtures.js";
export { findStrayFixtures, type StrayFixtures } from "./stray-fixtures.js";
export { fixturesFromRows, type FixtureRow, type GroupRow, type PairRow, type SingleRow } from "./to-fixture.js";
export {
  isScoredSample,
  scoreGroup,
  scoreSample,
  type OptionsArgument,
  type ScoredSample,
  type ScoringOptions,
  type TestOptions,
  type TestSample,
} from "./score-sample.js";
export { outranks, placeOf, runFixture, say, scoreFits, type Comparison, type FixtureResult } from "./run-fixture.js";
export { standardChecks, type StandardCheck, type StandardCheckOptions } from "./standard-checks.js";
export type { CheckProblem } from "./check-cases.js";
export type { Duties } from "./duties.js";
export { survivingMutants, type SurvivingMutant } from "./mutants.js";
export { hostileTexts, type HostileText } from "./hostile-texts.js";
export { describeProblem, describeResult, describeScored } from "./describe-result.js";
export { recordFetch, recordingOf, type RecordedFetch, type RecordMode, type RecordOptions } from "./record-fetch.js";
export { changesOf, updateFixtures, type FixtureChange } from "./update-fixtures.js";
export { secretsOf } from "./test-environment.js";
