/** Runs one command: its screen, its interruption, and what happens when it fails. */
import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";
import { devices } from "./devices.js";
import { exitCodes } from "./exit-codes.js";
import { interruptible } from "./interruption.js";
import type { Loudness } from "./terminal/listener.js";
import { openScreen, type Screen } from "./terminal/screen.js";

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
  readonly color: boolean;
}

/** What a command is given beside its arguments. */
export interface Invocation {
  readonly screen: Screen;
  readonly loudness: Loudness;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** What the first Ctrl-C says while `work` goes on, instead of the command's own words. */
  readonly saying: <T>(onInterrupt: string, work: Promise<T>) => Promise<T>;
}

export interface InvocationSettings {
  /** What the first Ctrl-C says. */
  readonly onInterrupt?: string;
  /** For work that has nothing to save: the first Ctrl-C ends the process. */
  readonly stopsAtOnce?: boolean;
}

/** Adds the option of commands that may download. */
export function hubOptions(command: Command): Command {
  return command.option("--offline", "download nothing: take models and datasets of the hub from the cache");
}

/** Adds the option of commands that compute with a model. */
export function deviceOption(command: Command): Command {
  return command.addOption(
    new Option("--device <name>", "what it computes on (default: auto, the GPU where it works and is faster)").choices(
      devices,
    ),
  );
}

/** Adds the option of commands that score completions. */
export function cacheOptions(command: Command): Command {
  return command.option("--no-cache", "score anew what cacheable rewards have scored before, and keep no results");
}

/** The option of commands that hold rewards to a lock file. */
export interface FrozenArguments {
  readonly frozen?: boolean;
}

/** Adds it. */
export function frozenOption(command: Command): Command {
  return command.option("--frozen", "refuse to start where rewards are not those of the lock file (see pavlov lock)");
}

/** Adds the options that every command has. */
export function commonOptions(command: Command, json: string): Command {
  return command
    .addOption(new Option("--json", json).conflicts("quiet"))
    .option("--quiet", "print nothing but results, warnings and errors")
    .option("--debug", "print the stack of an error")
    .option("--no-color", "print without colours (also: NO_COLOR=1)");
}

/**
 * Runs a command's work and sets the process's exit code; whatever is thrown becomes lines on standard error. Work that
 * went well may give an exit code of its own.
 */
export async function invoke(
  options: CommonOptions,
  work: (invocation: Invocation) => Promise<number | void>,
  { onInterrupt = "Stopping…", stopsAtOnce = false }: InvocationSettings = {},
): Promise<void> {
  const loudness = options.json ? "json" : options.quiet ? "quiet" : "normal";
  const onClosed = (): void => interruption.stop();
  const screen = openScreen({ color: options.color, exclusive: loudness === "json", onClosed });
  let said = onInterrupt;
  const interruption = interruptible({
    onFirst: () => screen.complain(`${screen.errorColors.yellow(said)} Press Ctrl-C again to end at once.`),
    onSecond: () => screen.settle(),
  });
  if (stopsAtOnce) interruption.release();
  const saying = async <T>(text: string, going: Promise<T>): Promise<T> => {
    said = text;
    return going.finally(() => (said = onInterrupt));
  };
  let code: number = exitCodes.ok;
  try {
    const given = await work({ screen, loudness, signal: interruption.signal, saying });
    if (typeof given === "number") code = given;
  } catch (error) {
    screen.settle();
    if (interruption.signal.aborted && isAbort(error)) {
      if (interruption.exitCode() !== undefined) screen.complain("Stopped.");
    } else {
      const { errorLines } = await import("./terminal/error.js");
      for (const line of errorLines(error, options.debug ?? false, screen.errorColors)) screen.complain(line);
      code = exitCodes.error;
    }
  } finally {
    screen.settle();
    interruption.release();
  }
  await screen.flush();
  process.exitCode = code === exitCodes.ok ? (interruption.exitCode() ?? code) : code;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");
}

/** For options that may be given more than once. */
export function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

/** A number of an option, at least `least`. */
export function numberAtLeast(least: number, whole: boolean): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (value.trim() === "" || !Number.isFinite(number) || number < least || (whole && !Number.isInteger(number))) {
      throw new InvalidArgumentError(`It must be a ${whole ? "whole " : ""}number of at least ${least}.`);
    }
    return number;
  };
}
