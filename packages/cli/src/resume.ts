/** `--resume`: what it means beside the other arguments, and the command that a stopped run goes on with. */
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { FrozenArguments } from "./invocation.js";
import { isFile } from "./is-file.js";
import type { ConfigOptions } from "./load-run.js";

/** Command-line options about taking up a run. */
export interface ResumeArguments {
  /** `--resume` alone is true; else a checkpoint, a run's folder, or `latest`. */
  readonly resume?: true | string;
  readonly force?: boolean;
}

/** Adds the options to a command. */
export function resumeOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--resume [checkpoint]",
        "go on from the newest checkpoint of the run in the output folder (latest), or from a checkpoint's or a run's folder",
      ),
    )
    .option("--force", "with --resume: go on although the config has changed since the checkpoint");
}

/** For the help of a command. */
export const resumeHelp = (command: string, config: string): string => `
Resuming a run that was stopped, killed or cut off:
  $ pavlov ${command} ${config} --resume                    the newest checkpoint of the run in the output folder
  $ pavlov ${command} ${config} --resume runs/x             the newest checkpoint of another run
  $ pavlov ${command} ${config} --resume runs/x/checkpoints/step-000100

The run goes on in its own folder and ends with the numbers of a run that was left alone. A damaged checkpoint is
passed over for the one before it. maxSteps and the options of evaluation, logging and saving may change; any other
change is refused unless --force is given. Exit code 1: there is no checkpoint to resume. Exit code 0, without
training: the run is complete.`;

/** What the trainer is told. */
export interface ResumeSettings {
  readonly resumeFrom: boolean | string;
  readonly resumeChanged: boolean;
}

/**
 * The config and what to resume. In `--resume my.config.yaml` the parser takes the config for the checkpoint.
 * @param path the config as parsed, where `defaultPath` stands for none.
 * @throws PavlovError where arguments contradict each other.
 */
export async function readResume(
  path: string,
  defaultPath: string | undefined,
  { resume, force = false, output }: ResumeArguments & Pick<ConfigOptions, "output">,
): Promise<ResumeSettings & { readonly path: string }> {
  if (resume === undefined) {
    if (!force) return { path, resumeFrom: false, resumeChanged: false };
    const { PavlovError } = await import("@pavlov/core");
    throw new PavlovError("--force goes with --resume: a new run has nothing to disagree with.", {
      hint: "Remove it, or add --resume.",
    });
  }
  const settings = { path, resumeFrom: true, resumeChanged: force };
  if (resume === true || resume === "latest") return settings;
  if (path === defaultPath && (await isFile(resume))) return { ...settings, path: resume };
  if (output === undefined) return { ...settings, resumeFrom: resolve(resume) };
  const { PavlovError } = await import("@pavlov/core");
  throw new PavlovError(`--resume ${resume} goes on in the folder of that run, and --output names another.`, {
    hint: "Leave out --output, or write --resume without a folder to resume the run in --output.",
  });
}

const quoted = (argument: string): string =>
  /^[\w./:=@%+,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;

/** The command line that goes on with a run, with the options that it was begun with. */
export function resumeCommand(
  command: string,
  config: string,
  runFolder: string,
  options: ConfigOptions & FrozenArguments,
): string {
  return commandLine(command, config, options, ["--resume", runFolder]);
}

/** A command line with the options that another was given. */
export function commandLine(
  command: string,
  config: string,
  { set = [], seed, model, revision, offline, cache = true, frozen }: ConfigOptions & FrozenArguments,
  more: readonly string[] = [],
): string {
  const options = [
    ...set.flatMap((override) => ["--set", override]),
    ...(seed === undefined ? [] : ["--seed", String(seed)]),
    ...(model === undefined ? [] : ["--model", model]),
    ...(revision === undefined ? [] : ["--revision", revision]),
    ...(offline === true ? ["--offline"] : []),
    ...(cache ? [] : ["--no-cache"]),
    ...(frozen === true ? ["--frozen"] : []),
  ];
  return ["pavlov", command, config, ...more, ...options].map(quoted).join(" ");
}
