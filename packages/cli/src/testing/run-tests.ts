/** Runs the fixtures of rewards, and where they are asked for the standard checks. */
import { errorMessage, type Reward } from "@pavlov/core";
import {
  readFixtures,
  recordFetch,
  recordingOf,
  runFixture,
  secretsOf,
  standardChecks,
  type CheckProblem,
  type Fixture,
  type FixtureResult,
} from "@pavlov/core/testing";
import type { TestedReward } from "./collect.js";
import { isInstalled } from "./installed-file.js";

export interface TestOptions {
  /** Only fixtures whose name, or whose reward's name, has this text in it. */
  readonly filter?: string | undefined;
  /** Make requests and keep their answers, instead of answering from what was kept. */
  readonly record: boolean;
  /** Run the standard checks too. */
  readonly checks: boolean;
  readonly signal: AbortSignal;
  readonly log: (message: string) => void;
}

/** A fixture that was run. */
export interface RunFixture {
  readonly result: FixtureResult;
  /** Absolute path of its file, and its place in it, from 0. */
  readonly file: string;
  readonly row: number;
}

/** A standard check that was run. */
export interface RunCheck {
  readonly name: string;
  readonly problem?: CheckProblem;
}

/** What became of one reward. */
export interface RewardOutcome {
  readonly tested: TestedReward;
  readonly fixtures: readonly RunFixture[];
  readonly checks: readonly RunCheck[];
  /** What kept its fixtures from being run: a file that cannot be read. */
  readonly problems: readonly string[];
  /** Requests that its recordings hold, where they were recorded. */
  readonly recorded?: number;
}

export async function testReward(tested: TestedReward, options: TestOptions): Promise<RewardOutcome> {
  const fixtures: RunFixture[] = [];
  const checks: RunCheck[] = [];
  const problems: string[] = [];
  let recorded = 0;
  for (const file of tested.fixtures) {
    try {
      const outcome = await testFile(tested, file, options);
      fixtures.push(...outcome.fixtures);
      checks.push(...outcome.checks);
      recorded += outcome.recorded;
    } catch (thrown) {
      options.signal.throwIfAborted();
      problems.push(errorMessage(thrown));
    }
  }
  return { tested, fixtures, checks, problems, ...(options.record && { recorded }) };
}

async function testFile(
  { reward, source }: TestedReward,
  file: string,
  { filter, record, checks: checked, signal, log }: TestOptions,
): Promise<Pick<RewardOutcome, "fixtures" | "checks"> & { readonly recorded: number }> {
  const { fixtures } = await readFixtures(file);
  const secrets = secretsOf(reward);
  const mode = record && !(await isInstalled(file)) ? "record" : "replay";
  const fetch = await recordFetch(recordingOf(file), mode, { secrets });
  const options = { fetch, signal, log };
  const run: RunFixture[] = [];
  const checks: RunCheck[] = [];
  try {
    for (const [row, fixture] of fixtures.entries()) {
      signal.throwIfAborted();
      if (!isWanted(reward, fixture, filter)) continue;
      run.push({ result: await runFixture(reward, fixture, options), file, row });
    }
    const isWhole = run.length === fixtures.length;
    for (const check of checked && isWhole
      ? standardChecks(reward, fixtures, { ...options, ...(source && { source }) })
      : []) {
      signal.throwIfAborted();
      const problem = await check.run();
      checks.push({ name: check.name, ...(problem && { problem }) });
    }
    return { fixtures: run, checks, recorded: await fetch.save({ dropUnused: isWhole }) };
  } catch (thrown) {
    await fetch.save();
    throw thrown;
  }
}

function isWanted(reward: Reward, { name }: Fixture, filter: string | undefined): boolean {
  if (filter === undefined) return true;
  const text = filter.toLowerCase();
  return name.toLowerCase().includes(text) || reward.name.toLowerCase().includes(text);
}

/** Whether everything of a reward went well. */
export function hasPassed({ fixtures, checks, problems }: RewardOutcome): boolean {
  const failed = fixtures.some(({ result }) => !result.passed) || checks.some(({ problem }) => problem !== undefined);
  return !failed && problems.length === 0;
}
