/** Tested rewards as lines: one for each, every failure with what was compared, the sum. */
import { describeProblem, describeResult, type FixtureChange } from "@pavlov/core/testing";
import type { FileChanges } from "../testing/record-scores.js";
import type { StrayFile } from "../testing/collect.js";
import { hasPassed, type RewardOutcome } from "../testing/run-tests.js";
import type { Colors } from "./colors.js";
import { shownPath } from "./sections.js";
import { padEnd, printable } from "./text.js";

const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? "" : "s"}`;

/** One reward: how many of its fixtures passed. */
export function outcomeLine(outcome: RewardOutcome, labels: number, colors: Colors): string {
  const { tested, fixtures, checks, problems, recorded } = outcome;
  const name = padEnd(tested.label, labels);
  if (tested.fixtures.length === 0) {
    const looked = `${tested.home === "." ? "" : `${tested.home}/`}fixtures/${tested.reward.name}.jsonl, .yaml, .yml`;
    return `  ${colors.yellow("-")} ${name}  no fixtures (looked for ${looked})`;
  }
  const failed = fixtures.filter(({ result }) => !result.passed).length;
  const broken = checks.filter(({ problem }) => problem !== undefined).length;
  const said = [
    problems.length > 0 && fixtures.length === 0 ? "its fixtures cannot be read" : count(fixtures.length, "fixture"),
    ...(problems.length > 0 && fixtures.length > 0 ? [`${count(problems.length, "file")} that cannot be read`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(checks.length > 0 ? [count(checks.length, "check") + (broken > 0 ? `, ${broken} failed` : "")] : []),
    ...(recorded === undefined || recorded === 0 ? [] : [`${count(recorded, "request")} recorded`]),
  ];
  const mark = hasPassed(outcome) ? (fixtures.length === 0 ? colors.dim("-") : colors.green("✓")) : colors.red("✗");
  return `  ${mark} ${name}  ${said.join(", ")}`;
}

/** Everything that went wrong with a reward, in full. */
export function failureLines({ tested, fixtures, checks, problems }: RewardOutcome, colors: Colors): string[] {
  const { label } = tested;
  return [
    ...problems.flatMap((problem) => ["", ...problem.split("\n").map((line) => colors.red(printable(line)))]),
    ...fixtures.flatMap(({ result }) => {
      if (result.passed) return [];
      const place = result.place === undefined ? "" : `${colors.dim(result.place)} `;
      return ["", `${place}${colors.bold(printable(result.name))}`, ...indented(describeResult(result))];
    }),
    ...checks.flatMap((check) => {
      if (!check.problem) return [];
      return ["", `${label}: ${colors.bold(check.name)}`, ...indented(describeProblem(check.problem))];
    }),
  ];
}

/** Files that look like fixtures and are no reward's, each with what to do. */
export function strayLines(stray: readonly StrayFile[], colors: Colors): string[] {
  return stray.flatMap(({ shown, reason, fix }) => [
    "",
    colors.red(printable(`${shown} was not run: it ${reason}.`)),
    `  ${printable(fix)}`,
  ]);
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${printable(line)}`);

export interface Totals {
  readonly rewards: number;
  readonly fixtures: number;
  readonly passed: number;
  readonly failed: number;
  readonly checks: number;
  readonly checksFailed: number;
  readonly withoutFixtures: readonly string[];
  readonly unreadable: number;
  /** Files that look like fixtures and are no reward's. */
  readonly stray: number;
}

export function totalsOf(outcomes: readonly RewardOutcome[], stray: number): Totals {
  const fixtures = outcomes.flatMap((outcome) => outcome.fixtures);
  const checks = outcomes.flatMap((outcome) => outcome.checks);
  const passed = fixtures.filter(({ result }) => result.passed).length;
  return {
    rewards: outcomes.length,
    fixtures: fixtures.length,
    passed,
    failed: fixtures.length - passed,
    checks: checks.length,
    checksFailed: checks.filter(({ problem }) => problem !== undefined).length,
    withoutFixtures: outcomes.filter(({ tested }) => tested.fixtures.length === 0).map(({ tested }) => tested.label),
    unreadable: outcomes.filter(({ problems }) => problems.length > 0).length,
    stray,
  };
}

export function totalLines(totals: Totals, builtIn: readonly string[], ok: boolean, colors: Colors): string[] {
  const { rewards, fixtures, passed, failed, checks, checksFailed, withoutFixtures, unreadable, stray } = totals;
  const parts = [
    `${count(fixtures, "fixture")} of ${count(rewards, "reward")}: ${passed} passed${failed > 0 ? `, ${failed} failed` : ""}`,
    ...(checks > 0
      ? [`${count(checks, "check")}: ${checksFailed === 0 ? "all passed" : `${checksFailed} failed`}`]
      : []),
    ...(unreadable > 0 ? [`${count(unreadable, "reward")} whose fixtures cannot be read`] : []),
    ...(stray > 0 ? [`${count(stray, "file")} of fixtures that ${stray === 1 ? "is" : "are"} no reward's`] : []),
    ...(withoutFixtures.length > 0 ? [`without fixtures: ${withoutFixtures.join(", ")}`] : []),
  ];
  const color = ok ? colors.green : colors.red;
  return [
    "",
    color(parts.join("; ")),
    ...(builtIn.length > 0 ? [colors.dim(`Not run, since they are built in: ${builtIn.join(", ")}`)] : []),
  ];
}

/** What `--update` would write, row by row. */
export function changeLines({ file, changes }: FileChanges, colors: Colors): string[] {
  return ["", colors.bold(shownPath(file)), ...changes.map((change) => `  ${changeText(change)}`)];
}

function changeText({ name, path, before, after }: FixtureChange): string {
  return printable(`${name}: ${path.join(".")} ${JSON.stringify(before)} → ${JSON.stringify(after)}`);
}
