/** `pavlov test`: whether rewards give what their fixtures say. No model, no network and no test runner is needed. */
import { Command, Option } from "commander";
import { exitCodes } from "../exit-codes.js";
import { commonOptions, invoke, type CommonOptions, type Invocation } from "../invocation.js";
import type { Collected } from "../testing/collect.js";
import type { FileChanges } from "../testing/record-scores.js";
import type { RewardOutcome } from "../testing/run-tests.js";

type Options = CommonOptions & {
  readonly update?: boolean;
  readonly yes?: boolean;
  readonly filter?: string;
  readonly record?: boolean;
  readonly checks?: boolean;
  readonly passWithNoFixtures?: boolean;
};

const help = `
Fixtures lie in fixtures/<reward>.jsonl (or .yaml) of the package or project, a row for each case:
  {"name": "right", "completion": "<answer>4</answer>", "columns": {"answer": "4"}, "score": 1}
  {"name": "cut off", "completion": "<answer>4", "columns": {"answer": "4"}, "score": 0, "reason": "no answer"}
  {"completion": "4", "params": {"level": -1}, "error": "at least 0"}
  {"better": {"completion": "short"}, "worse": {"completion": "rather long"}}

Examples:
  $ pavlov test                                   the rewards of this package, or of pavlov.config.yaml
  $ pavlov test ./rewards/mine.ts#length          those of a file
  $ pavlov test fixtures/length.jsonl --filter "cut off"
  $ pavlov test --update                          show what rewards give now, ask, and write it into the fixtures

Exit codes:
  0    every fixture passed
  1    one failed, a reward has none, or a file of fixtures is no reward's; the message says which`;

/** The command, for the program. */
export function testCommand(): Command {
  const command = new Command("test")
    .description("run the fixtures of rewards: what each must give for which completion")
    .argument("[paths...]", "packages, configs, files of rewards (./mine.ts#length) or of fixtures")
    .option("--update", "show what differs, ask, and record the new scores in the fixture files")
    .addOption(new Option("--yes", "with --update: do not ask").implies({ update: true }))
    .option("--filter <text>", "only fixtures whose name, or whose reward's name, has this text in it")
    .option("--record", "make the requests of rewards and keep their answers beside the fixtures, without secrets")
    .option("--checks", "run the checks that every reward must pass, too: hostile and random texts, other orders")
    .option("--pass-with-no-fixtures", "let rewards without fixtures be");
  return commonOptions(command, "print the results as one JSON object")
    .addHelpText("after", help)
    .action(async (paths: readonly string[], options: Options) => {
      // A reward in an endless loop leaves no time for a gentle end.
      await invoke(options, (invocation) => test(paths, options, invocation), { stopsAtOnce: true });
    });
}

async function test(paths: readonly string[], options: Options, invocation: Invocation): Promise<number> {
  const { screen, loudness, signal } = invocation;
  const { PavlovError } = await import("@pavlov/core");
  const { collect } = await import("../testing/collect.js");
  const { hasPassed, testReward } = await import("../testing/run-tests.js");
  const { failureLines, outcomeLine, strayLines, totalLines, totalsOf } = await import("../terminal/tests.js");

  if (options.update && !options.yes) await refuseWithoutTerminal(loudness === "json");
  const { rewards, builtIn, stray: allStray } = await collect(paths);
  // Who asks for some fixtures alone is told of those alone.
  const stray = options.filter === undefined ? allStray : [];
  const labels = Math.max(0, ...rewards.map(({ label }) => label.length));
  if (loudness === "normal") screen.print(`pavlov test ${paths.join(" ")}`.trimEnd());
  const settings = {
    filter: options.filter,
    record: options.record ?? false,
    checks: options.checks ?? false,
    signal,
    log: (message: string) => screen.complain(message),
  };
  const run = async (each: (outcome: RewardOutcome) => void): Promise<RewardOutcome[]> => {
    const outcomes: RewardOutcome[] = [];
    for (const tested of rewards) {
      if (loudness === "normal") screen.live(() => screen.colors.dim(`  … ${tested.label}`));
      const outcome = await testReward(tested, settings);
      screen.settle();
      outcomes.push(outcome);
      each(outcome);
    }
    return outcomes;
  };
  let outcomes = await run((outcome) => {
    const isLeftOut = options.filter !== undefined && outcome.fixtures.length === 0 && outcome.problems.length === 0;
    if (loudness === "normal" && !isLeftOut) screen.print(outcomeLine(outcome, labels, screen.colors));
  });
  if (loudness !== "json") {
    for (const line of outcomes.flatMap((outcome) => failureLines(outcome, screen.colors))) screen.print(line);
    for (const line of strayLines(stray, screen.colors)) screen.print(line);
  }
  if (options.update && (await update(outcomes, options, invocation))) outcomes = await run(() => {});

  const totals = totalsOf(outcomes, stray.length);
  if (options.filter !== undefined && totals.fixtures === 0 && totals.unreadable === 0) {
    throw new PavlovError(`No fixture, and no reward with fixtures, has "${options.filter}" in its name.`);
  }
  const isCovered =
    options.passWithNoFixtures === true || options.filter !== undefined || totals.withoutFixtures.length === 0;
  const isSomething = options.passWithNoFixtures === true || rewards.length > 0;
  const ok = outcomes.every(hasPassed) && isCovered && isSomething && stray.length === 0;
  if (loudness === "json") screen.print(JSON.stringify(report(outcomes, { builtIn, stray }, ok)));
  else for (const line of totalLines(totals, builtIn, ok, screen.colors)) screen.print(line);
  return ok ? exitCodes.ok : exitCodes.error;
}

async function refuseWithoutTerminal(isJson: boolean): Promise<void> {
  const { PavlovError } = await import("@pavlov/core");
  const { canAsk } = await import("../terminal/confirm.js");
  if (canAsk() && !isJson) return;
  throw new PavlovError("--update asks before it writes, and nobody can be asked here: add --yes to write at once.");
}

/** Whether anything was written. */
async function update(
  outcomes: readonly RewardOutcome[],
  { yes = false }: Options,
  { screen, loudness, signal }: Invocation,
): Promise<boolean> {
  const { changesByFile, writeChanges } = await import("../testing/record-scores.js");
  const { isInstalled } = await import("../testing/installed-file.js");
  const { changeLines } = await import("../terminal/tests.js");
  const { confirm } = await import("../terminal/confirm.js");
  const { shownPath } = await import("../terminal/sections.js");
  const files: FileChanges[] = [];
  for (const changed of changesByFile(outcomes)) {
    if (!(await isInstalled(changed.file))) files.push(changed);
    else screen.complain(`warning: ${shownPath(changed.file)} is of an installed package and stays as it is.`);
  }
  const count = files.reduce((sum, { changes }) => sum + changes.length, 0);
  if (count === 0) {
    if (loudness !== "json") screen.print("\nThere is nothing to record.");
    return false;
  }
  if (loudness !== "json") {
    for (const line of files.flatMap((file) => changeLines(file, screen.colors))) screen.print(line);
    screen.print();
  }
  if (!yes && !(await confirm(`Record ${count === 1 ? "this value" : `these ${count} values`}?`, signal))) return false;
  for (const file of files) await writeChanges(file);
  if (loudness !== "json") screen.print(`Recorded ${count === 1 ? "1 value" : `${count} values`}.`);
  return true;
}

/** What `--json` prints. */
function report(
  outcomes: readonly RewardOutcome[],
  { builtIn, stray }: Pick<Collected, "builtIn" | "stray">,
  passed: boolean,
): object {
  return {
    passed,
    builtIn,
    ...(stray.length > 0 && { stray: stray.map(({ shown, reason, fix }) => ({ file: shown, reason, fix })) }),
    rewards: outcomes.map(({ tested, fixtures, checks, problems, recorded }) => ({
      name: tested.reward.name,
      files: tested.fixtures,
      fixtures: fixtures.map(({ result }) => result),
      ...(checks.length > 0 && {
        checks: checks.map(({ name, problem }) => ({ name, passed: !problem, ...(problem && { problem }) })),
      }),
      ...(problems.length > 0 && { problems }),
      ...(recorded !== undefined && { recorded }),
    })),
  };
}
