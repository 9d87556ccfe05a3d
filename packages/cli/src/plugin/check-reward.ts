/** What `pavlov plugin check` tries of one reward: its fixtures, what they prove, and what every reward must stand. */
import type { Reward } from "@pavlov/core";
import {
  describeProblem,
  describeResult,
  recordFetch,
  recordingOf,
  runFixture,
  secretsOf,
  standardChecks,
  survivingMutants,
  type CheckProblem,
  type Fixture,
  type FixtureFile,
  type FixtureResult,
  type StandardCheck,
  type SurvivingMutant,
} from "@pavlov/core/testing";
import type { Finding } from "./finding.js";
import { PATIENCE, type InspectionRequest, type Report } from "./inspection.js";
import type { RewardFixtures } from "./reward-fixtures.js";

/** Rows of a file that are shown where more fail. */
const SHOWN = 3;

/** One fault of a reward is told once: what a fault of scoring would break as well is not tried after it. */
export async function checkReward(
  reward: Reward,
  { files, count }: RewardFixtures,
  { timeBudget }: Pick<InspectionRequest, "timeBudget">,
  report: Report,
): Promise<void> {
  const { name } = reward;
  const find = (finding: Omit<Finding, "reward">): Promise<void> =>
    report({ kind: "finding", finding: { ...finding, reward: name } });
  const begin = (what: string): Promise<void> =>
    report({ kind: "begin", what, reward: name, limit: PATIENCE * timeBudget });
  if (count === 0) {
    await find({
      rule: "fixtures",
      message: `The reward "${name}" has no fixtures: there is no fixtures/${name}.jsonl.`,
      fix: 'Write it, a line each: {"name": "right", "completion": "4", "columns": {"answer": "4"}, "score": 1}',
    });
    return;
  }

  await begin("what its fixtures prove");
  const worth = await fixturesProblem(reward, files);
  if (worth) await find(worth);
  let checks = 0;
  for (const file of files) {
    const options = { timeBudget, ...(await replay(reward, file)) };
    const [, ...duties] = standardChecks(reward, file.fixtures, options);
    const broken = await firstBroken(duties, begin, () => checks++);
    if (broken) await find(broken);
    else {
      const failed: FixtureResult[] = [];
      for (const fixture of file.fixtures) {
        await begin(`its fixture "${fixture.name}"`);
        const result = await runFixture(reward, fixture, options);
        if (!result.passed) failed.push(result);
      }
      if (failed.length > 0) await find(failedFixtures(name, failed, file.fixtures.length));
    }
  }
  await report({ kind: "checked", reward: name, fixtures: count, checks });
}

/** Requests are answered from what was recorded, as in tests: a check costs nothing and needs no secret. */
async function replay(reward: Reward, { file }: FixtureFile) {
  return { fetch: await recordFetch(recordingOf(file), "replay", { secrets: secretsOf(reward) }) };
}

/** What is missing of the fixtures: rows that tell the reward from one that does not look, at its best and its worst. */
async function fixturesProblem(
  reward: Reward,
  files: readonly FixtureFile[],
): Promise<Omit<Finding, "reward"> | undefined> {
  const fixtures = files.flatMap((file): readonly Fixture[] => file.fixtures);
  const fix = "Add rows that must score high and rows that must score low, each with its exact score.";
  const survivors = survivorsOf(reward, fixtures);
  if (survivors.length > 0) {
    return {
      rule: "fixtures",
      message: `The fixtures of "${reward.name}" prove little: a reward that does not look at completions passes them.`,
      details: [`What passes: ${survivors.map(({ name }) => name).join("; ")}.`],
      fix,
    };
  }
  const [highAndLow] = standardChecks(reward, fixtures);
  const problem = await highAndLow?.run();
  // Params that do not fit are told where their row is scored.
  if (problem?.message.startsWith(`Reward "${reward.name}"`)) return undefined;
  return problem && { rule: "fixtures", message: `The reward "${reward.name}": ${problem.message}.`, fix };
}

function survivorsOf(reward: Reward, fixtures: readonly Fixture[]): readonly SurvivingMutant[] {
  try {
    return survivingMutants(reward, fixtures);
  } catch {
    // Params that do not fit: the row that has them is told where it is run.
    return [];
  }
}

async function firstBroken(
  checks: readonly StandardCheck[],
  begin: (what: string) => Promise<void>,
  onCheck: () => void,
): Promise<Omit<Finding, "reward"> | undefined> {
  for (const check of checks) {
    await begin(check.name);
    const problem = await check.run();
    onCheck();
    if (problem) return brokenDuty(check.name, problem);
  }
  return undefined;
}

function brokenDuty(check: string, problem: CheckProblem): Omit<Finding, "reward"> {
  const [first = "", ...details] = describeProblem(problem);
  const message = /[!?…]$/.test(first) ? first : `${first.replace(/\.$/, "")}.`;
  const isSurvival = check.startsWith("survives ");
  return {
    rule: isSurvival ? "survives" : "scores",
    message: `${isSurvival ? check.replace("survives ", "On ") : `Where it ${check}`}: ${message}`,
    details,
    fix: fixOf(message, isSurvival),
  };
}

function fixOf(message: string, isSurvival: boolean): string {
  if (/outside its range|instead of a finite number/.test(message)) {
    return "For every completion the score must be finite and inside the range: keep it there, or widen the range.";
  }
  if (/^scored twice|in another order/.test(message)) {
    return "Let a score come from its sample and the seed alone, or say: deterministic: false";
  }
  if (/: the param "[^"]+" is missing/.test(message)) {
    return 'Give the param a default, or name it under "params" in the fixtures.';
  }
  return isSurvival
    ? "A completion may be anything: it must never make a reward throw, nor take more than linear time."
    : "Mend the reward, or what it says of itself.";
}

function failedFixtures(name: string, failed: readonly FixtureResult[], all: number): Omit<Finding, "reward"> {
  const details = failed
    .slice(0, SHOWN)
    .flatMap((result) => [
      `${result.place ?? ""} "${result.name}"`,
      ...describeResult(result).map((line) => `  ${line}`),
    ]);
  const more = failed.length > SHOWN ? [`and ${failed.length - SHOWN} more`] : [];
  return {
    rule: "fixtures",
    message: `The reward "${name}" does not pass ${failed.length} of its ${all} fixtures.`,
    details: [...details, ...more],
    fix: "Mend the reward or the rows.",
  };
}
