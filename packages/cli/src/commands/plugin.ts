/** `pavlov plugin`: makes, builds and checks packages with rewards. The trainer is not needed. */
import { Command } from "commander";
import { exitCodes } from "../exit-codes.js";
import { commonOptions, invoke, numberAtLeast, type CommonOptions, type Invocation } from "../invocation.js";

interface InitOptions extends CommonOptions {
  readonly install: boolean;
}

interface CheckOptions extends CommonOptions {
  readonly timeBudget: number;
}

const help = `
Examples:
  $ pavlov plugin init my-reward
  $ pavlov plugin build
  $ pavlov plugin check

"pavlov plugin <command> --help" tells more about each.`;

const initHelp = `
The package has one reward with fixtures, tests, a README, and a workflow that publishes it. "npm create pavlov-reward"
does the same.

Examples:
  $ pavlov plugin init my-reward
  $ pavlov plugin init @acme/my-reward --no-install`;

const buildHelp = `
The TypeScript of the plugin's own folder compiles it, by tsconfig.build.json or tsconfig.json. The built module is then
imported, in a process of its own, and described in the manifest that "pavlov" in package.json names. Where something is
wrong, neither is written.

Examples:
  $ pavlov plugin build
  $ pavlov plugin build packages/my-reward --json`;

const checkHelp = `
It looks at package.json, at what npm would publish, at types, at the manifest, and tries each reward: its fixtures, what
those prove, and completions such as 100 kB of anything. The code runs in a process that is ended where it hangs. Run
"pavlov plugin build" before; nothing is changed.

Examples:
  $ pavlov plugin check
  $ pavlov plugin check packages/my-reward --json
  $ pavlov plugin check --time-budget 60

Exit codes:
  0    it can be published
  1    something is wrong; each finding says what, and what to do`;

/** The command with its own commands, for the program. */
export function pluginCommand(): Command {
  return new Command("plugin")
    .description("make, build and check a package with rewards of your own")
    .addHelpText("after", help)
    .addCommand(initCommand())
    .addCommand(buildCommand())
    .addCommand(checkCommand());
}

function initCommand(): Command {
  const command = new Command("init")
    .description("make a package with one reward, its fixtures and tests")
    .argument("<name>", "my-reward, @acme/my-reward, or a path")
    .option("--no-install", "do not install what the package depends on");
  return commonOptions(command, "print what was made as one JSON object")
    .addHelpText("after", initHelp)
    .action(async (name: string, options: InitOptions) => {
      await invoke(options, (invocation) => init(name, options, invocation), { stopsAtOnce: true });
    });
}

function buildCommand(): Command {
  const command = new Command("build")
    .description("compile a plugin and write its manifest")
    .argument("[folder]", "the plugin's package", ".");
  return commonOptions(command, "print what was built as one JSON object")
    .addHelpText("after", buildHelp)
    .action(async (folder: string, options: CommonOptions) => {
      await invoke(options, (invocation) => build(folder, invocation));
    });
}

function checkCommand(): Command {
  const command = new Command("check")
    .description("say everything that keeps a plugin from being published")
    .argument("[folder]", "the plugin's package", ".")
    .option("--time-budget <seconds>", "that scoring one completion may take", numberAtLeast(0.1, false), 10);
  return commonOptions(command, "print the result as one JSON object")
    .addHelpText("after", checkHelp)
    .action(async (folder: string, options: CheckOptions) => {
      await invoke(options, (invocation) => check(folder, options, invocation));
    });
}

async function init(name: string, options: InitOptions, { screen, loudness }: Invocation): Promise<number> {
  const { createPlugin, install, installProblem, nextSteps, packageManager } = await import("create-pavlov-reward");
  const created = await createPlugin(name);
  const manager = packageManager();
  const outcome = options.install ? await install(created.folder, manager) : undefined;
  const installed = outcome === "installed";
  if (loudness === "json") screen.print(JSON.stringify({ ...created, installed }));
  else if (loudness === "normal") for (const line of nextSteps(created, manager, installed)) screen.print(line);
  const problem = outcome && installProblem(created, manager, outcome);
  if (problem === undefined) return exitCodes.ok;
  screen.complain(screen.errorColors.yellow(problem));
  return outcome === "interrupted" ? exitCodes.interrupted : exitCodes.error;
}

async function build(folder: string, { screen, loudness, signal }: Invocation): Promise<void> {
  const { buildPlugin } = await import("../plugin/build.js");
  const { buildLines, buildRecord } = await import("../terminal/plugin.js");
  const onProgress = (what: string): void => screen.live(() => screen.colors.dim(`${what}…`));
  const built = await buildPlugin(folder, { signal, ...(loudness === "normal" && { onProgress }) });
  screen.settle();
  if (loudness === "json") screen.print(JSON.stringify(buildRecord(built)));
  else if (loudness === "normal") for (const line of buildLines(built, screen.width())) screen.print(line);
}

async function check(folder: string, options: CheckOptions, { screen, loudness, signal }: Invocation): Promise<number> {
  const { checkPlugin } = await import("../plugin/check/check-plugin.js");
  const { faultsOf } = await import("../plugin/finding.js");
  const { checkLines, checkRecord } = await import("../terminal/plugin.js");
  const { cut } = await import("../terminal/text.js");
  const onProgress = (what: string): void =>
    screen.live(() => screen.colors.dim(cut(`checking ${what}`, screen.width())));
  const report = await checkPlugin(folder, {
    signal,
    timeBudget: options.timeBudget * 1000,
    ...(loudness === "normal" && { onProgress }),
  });
  screen.settle();
  if (loudness === "json") screen.print(JSON.stringify(checkRecord(report)));
  else for (const line of checkLines(report, screen.width(), screen.colors, loudness === "quiet")) screen.print(line);
  return faultsOf(report.findings).length === 0 ? exitCodes.ok : exitCodes.error;
}
