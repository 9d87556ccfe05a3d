/** `testReward`: a vitest test for each fixture of a reward, and the checks that every reward must pass. */
import { afterAll, describe, test } from "vitest";
import type { Reward } from "../reward.js";
import {
  describeProblem,
  describeResult,
  fixturesFromRows,
  readFixtures,
  recordFetch,
  recordingOf,
  runFixture,
  secretsOf,
  standardChecks,
  type Fixture,
  type FixtureRow,
  type RecordedFetch,
  type ScoringOptions,
  type StandardCheckOptions,
} from "../testing/index.js";

export interface TestRewardOptions extends StandardCheckOptions {
  /** The reward's fixture file, as `new URL("../fixtures/mine.jsonl", import.meta.url)`, or its rows. */
  readonly fixtures: URL | string | readonly FixtureRow[];
  /**
   * Recorded answers to the reward's requests. Default: beside the fixture file, `mine.requests.json`. With
   * `PAVLOV_RECORD=1` in the environment requests are made and recorded. `fetch` does without.
   */
  readonly recording?: URL | string;
}

/** A row's test may be slow to start: a program, a model. Vitest's own limit of 5 seconds is for units. */
const ROW_TIMEOUT = 60_000;

/**
 * Registers one test for each fixture, named `line: name`, and one for each standard check, in a `describe` of the
 * reward's name. Call it at the top of a test file, or in a `describe`.
 *
 * @example
 * testReward(exactAnswer, { fixtures: new URL("../fixtures/exact-answer.jsonl", import.meta.url) });
 */
export function testReward(reward: Reward, { fixtures: given, recording, ...options }: TestRewardOptions): void {
  describe(`reward "${reward.name}"`, async () => {
    const { file, fixtures } = await open(given);
    const recorded = options.fetch === undefined ? await openRecording(reward, recording, file, options) : undefined;
    const scoring = recorded ? { ...options, fetch: recorded } : options;
    if (recorded) afterAll(async () => void (await recorded.save()));

    describe("fixtures", () => {
      for (const [index, fixture] of fixtures.entries()) {
        const line = fixture.location?.line ?? index + 1;
        test(`${line}: ${plain(fixture.name)}`, { timeout: ROW_TIMEOUT }, async () => {
          const result = await runFixture(reward, fixture, scoring);
          if (!result.passed) throw failure(describeResult(result), fixture);
        });
      }
    });

    describe("every reward's duties", () => {
      const { timeBudget = 30_000 } = options;
      for (const check of standardChecks(reward, fixtures, scoring)) {
        test(`it ${check.name}`, { timeout: Math.max(10 * timeBudget, ROW_TIMEOUT) }, async () => {
          const found = await check.run();
          if (found) throw failure(describeProblem(found), undefined);
        });
      }
    });
  });
}

async function open(
  given: TestRewardOptions["fixtures"],
): Promise<{ readonly file?: string; readonly fixtures: readonly Fixture[] }> {
  if (typeof given === "string" || given instanceof URL) return readFixtures(given);
  return { fixtures: await fixturesFromRows(given) };
}

async function openRecording(
  reward: Reward,
  recording: URL | string | undefined,
  file: string | undefined,
  { env }: ScoringOptions,
): Promise<RecordedFetch | undefined> {
  const path = recording ?? (file === undefined ? undefined : recordingOf(file));
  if (path === undefined) return undefined;
  const wanted = process.env["PAVLOV_RECORD"] ?? "";
  const mode = wanted !== "" && wanted !== "0" ? "record" : "replay";
  return recordFetch(path, mode, { secrets: secretsOf(reward, env) });
}

/** An error whose place is the fixture's own line: the line of this file would tell nobody anything. */
function failure(lines: readonly string[], fixture: Fixture | undefined): Error {
  const error = new Error(lines.join("\n"));
  error.name = "AssertionError";
  const place = fixture?.location;
  const frame = place ? `\n    at fixture (${place.file}:${place.line ?? 1}:1)` : "";
  error.stack = `${error.name}: ${error.message}${frame}`;
  return error;
}

/** Vitest replaces what follows a per cent or dollar sign in names of `each` only; line breaks would tear its report. */
function plain(name: string): string {
  return name.replaceAll(/\s+/g, " ");
}
