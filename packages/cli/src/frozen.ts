/** `--frozen`: a command starts only with the rewards that a record holds. After `npm ci`. */
import { basename, dirname, resolve } from "node:path";
import { compareRecords, PavlovError, recordRewards, type Composite, type RewardsRecord } from "@pavlov/core";
import type { ConfigOptions, OpenedConfig } from "./load-run.js";
import { lockPath, readLock, readRunRecord } from "./lock-file.js";
import { commandLine } from "./resume.js";
import { shownPath } from "./terminal/sections.js";

/** The run whose record counts. */
export interface FrozenRun {
  readonly folder: string;
  /** It goes on: its record counts beside the lock file. A new run's counts where there is no lock file. */
  readonly resumed: boolean;
}

/** The run that `--resume` names, or the one in the output folder. */
export function runOf(resumeFrom: boolean | string, output: string): FrozenRun {
  if (typeof resumeFrom === "boolean") return { folder: output, resumed: resumeFrom };
  const path = resolve(resumeFrom);
  return { folder: /^step-\d+$/.test(basename(path)) ? dirname(dirname(path)) : path, resumed: true };
}

interface FoundRecord {
  readonly record: RewardsRecord;
  readonly shown: string;
  /** How the rewards as they are now become the record. */
  readonly accept: string;
}

/**
 * Compares the rewards with the lock file beside the config, and with the record of a run.
 *
 * @throws PavlovError with a line for each difference, or where there is nothing to compare with.
 */
export async function checkFrozen(
  { loaded }: Pick<OpenedConfig<unknown>, "loaded">,
  rewards: Composite,
  { set }: Pick<ConfigOptions, "set">,
  run?: FrozenRun,
): Promise<void> {
  const path = lockPath(loaded.path);
  const lock = commandLine("lock", loaded.name, set === undefined ? {} : { set });
  const locked = await readLock(path);
  const recorded = run && (run.resumed || !locked) ? await readRunRecord(run.folder) : undefined;
  const found: FoundRecord[] = [];
  if (locked) {
    const accept = `Accept the rewards as they are with ${lock}, and commit ${shownPath(path)}.`;
    found.push({ record: locked, shown: shownPath(path), accept });
  }
  if (run && recorded) {
    const shown = `the run in ${shownPath(run.folder)}`;
    const accept = run.resumed
      ? "Take the changes back, or start a new run without --resume."
      : `Accept the rewards as they are with ${lock}, which holds from then on; or give another folder with --output.`;
    found.push({ record: recorded, shown, accept });
  }
  if (found.length === 0) {
    const nowhere = run ? `, and no record of a run in ${shownPath(run.folder)}` : "";
    throw new PavlovError(
      `--frozen has nothing to compare the rewards with: there is no ${shownPath(path)}${nowhere}.`,
      { hint: `Write it with ${lock}, and commit it.` },
    );
  }
  const now = await recordRewards(rewards, loaded.folder);
  for (const { record, shown, accept } of found) {
    const differences = compareRecords(record, now);
    if (differences.length === 0) continue;
    throw new PavlovError([`The rewards are not those of ${shown}:`, ...differences].join("\n  "), { hint: accept });
  }
}
