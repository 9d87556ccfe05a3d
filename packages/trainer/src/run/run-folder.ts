/**
 * A run's folder: `config.json`, `metrics.jsonl`, `completions/step-000010.jsonl`, `checkpoints/step-000100/` and
 * `model/`. A new run leaves a folder alone that holds a run already, and goes to the next free name beside it; a run
 * that is taken up again goes on in its own.
 */
import { appendFile, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { PavlovError } from "@pavlov/core";
import { removeFolder, writeCheckpoint, type NewCheckpointState } from "./checkpoint-files.js";
import { checkpointsIn, listCheckpoints, stepName } from "./checkpoint-search.js";
import { freeBytes, megabytes } from "./disk.js";
import type { DiskNeed } from "./disk-need.js";
import { clearTemporaries } from "./temporaries.js";
import { explainWriteError, writeAtomically } from "./write-atomically.js";

/** One run's folder, created and writable. */
export interface RunFolder {
  readonly path: string;
  /** Where the trained model is saved, in Hugging Face layout. */
  readonly modelPath: string;
  /** Where the checkpoint of a step is saved. */
  checkpointPath(step: number): string;
  /** Writes a step's checkpoint, after flushing the metrics that lead to it. See {@link writeCheckpoint}. */
  writeCheckpoint(step: number, fill: (folder: string) => Promise<NewCheckpointState>): Promise<void>;
  /** Removes all but the newest `count` checkpoints; those of `kept` steps stay too. */
  keepCheckpoints(count: number, kept?: ReadonlySet<number>): Promise<void>;
  /** Replaces `config.json`: everything that decides what the run does. */
  writeConfig(config: unknown): Promise<void>;
  /** Adds one line to `metrics.jsonl`. Not-a-number and infinite values become null, since JSON has none. */
  appendMetrics(metrics: Readonly<Record<string, unknown>>): Promise<void>;
  /** Writes `completions/step-<step>.jsonl`, one line for each completion. */
  writeCompletions(step: number, rows: readonly unknown[]): Promise<void>;
}

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

const isEmpty = async (path: string): Promise<boolean> => {
  try {
    return (await readdir(path)).length === 0;
  } catch (error) {
    if (isMissing(error)) return true;
    throw explainWriteError(error, path);
  }
};

/** The folder itself where it is free, else `<folder>-2`, `<folder>-3` and so on. */
const nextFreeFolder = async (wanted: string): Promise<string> => {
  for (let attempt = 1; ; attempt++) {
    const path = attempt === 1 ? wanted : `${wanted}-${attempt}`;
    if (await isEmpty(path)) return path;
  }
};

const NOTHING: DiskNeed = { bytes: 0, checkpoints: 0 };

/** Makes sure that a run's folder is there and its disk has room. */
const prepareFolder = async (path: string, { bytes, checkpoints }: DiskNeed): Promise<void> => {
  try {
    const free = await freeBytes(path);
    if (free < bytes) {
      const count = `${checkpoints} ${checkpoints === 1 ? "checkpoint" : "checkpoints"}`;
      throw new PavlovError(
        `Not enough disk space for the run folder ${path}: ${megabytes(free)} free, ${megabytes(bytes)} needed for ` +
          `the trained model${checkpoints === 0 ? "" : ` and ${count}`}.`,
        {
          hint:
            "Free some space there, or choose another folder with --output." +
            (checkpoints === 0 ? "" : " saveTotalLimit keeps fewer checkpoints, saveOnlyModel smaller ones."),
        },
      );
    }
    await mkdir(join(path, "completions"), { recursive: true });
  } catch (error) {
    throw explainWriteError(error, path);
  }
};

const metricsFile = (path: string): string => join(path, "metrics.jsonl");

const flushMetrics = async (path: string): Promise<void> => {
  const file = await open(metricsFile(path), "a");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
};

const inFolder = (path: string): RunFolder => ({
  path,
  modelPath: join(path, "model"),
  checkpointPath: (step) => join(checkpointsIn(path), stepName(step)),
  writeCheckpoint: async (step, fill) => {
    await flushMetrics(path).catch((error: unknown) => {
      throw explainWriteError(error, metricsFile(path));
    });
    await writeCheckpoint(join(checkpointsIn(path), stepName(step)), fill);
  },
  keepCheckpoints: async (count, kept = new Set()) => {
    const checkpoints = await listCheckpoints(path);
    for (const checkpoint of checkpoints.slice(0, -count)) {
      if (!kept.has(checkpoint.step)) await removeFolder(checkpoint.path);
    }
  },
  writeConfig: (config) => writeAtomically(join(path, "config.json"), `${JSON.stringify(config, null, 2)}\n`),
  appendMetrics: async (metrics) => {
    try {
      await appendFile(metricsFile(path), `${JSON.stringify(metrics)}\n`);
    } catch (error) {
      throw explainWriteError(error, metricsFile(path));
    }
  },
  writeCompletions: (step, rows) =>
    writeAtomically(
      join(path, "completions", `${stepName(step)}.jsonl`),
      rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
    ),
});

/**
 * Creates the folder of a new run.
 * @throws PavlovError where the folder cannot be written or the disk has too little room.
 */
export const createRunFolder = async (wanted: string, need: DiskNeed = NOTHING): Promise<RunFolder> => {
  const path = await nextFreeFolder(wanted);
  await prepareFolder(path, need);
  return inFolder(path);
};

/** A line of metrics, as far as it matters where it stands; undefined for a line that was torn. */
const readLine = (line: string): { readonly step: number; readonly isEvaluation: boolean } | undefined => {
  try {
    const metrics = Object(JSON.parse(line)) as { step?: unknown };
    const { step } = metrics;
    const isEvaluation = Object.keys(metrics).some((name) => name.startsWith("eval_"));
    return typeof step === "number" ? { step, isEvaluation } : undefined;
  } catch {
    return undefined;
  }
};

/** Leaves the metrics of the run up to a place, whole lines all. */
const cutMetrics = async (path: string, { step, evaluationDue }: Place): Promise<void> => {
  const text = await readFile(metricsFile(path), "utf8").catch((error: unknown) => {
    if (isMissing(error)) return "";
    throw explainWriteError(error, metricsFile(path));
  });
  const lines = text.split("\n").filter((line) => {
    const read = readLine(line);
    return read !== undefined && read.step <= step && !(evaluationDue && read.step === step && read.isEvaluation);
  });
  const kept = lines.map((line) => `${line}\n`).join("");
  if (kept !== text) await writeAtomically(metricsFile(path), kept);
};

/** Removes the completions of steps after `step`. */
const cutCompletions = async (path: string, step: number): Promise<void> => {
  for (const name of await readdir(join(path, "completions"))) {
    const digits = /^step-(\d+)\.jsonl$/.exec(name)?.[1];
    if (digits !== undefined && Number(digits) > step) await rm(join(path, "completions", name));
  }
};

/** Renames checkpoints of steps after `step`, which belong to another course of the run. Returns their new paths. */
const setAsideCheckpoints = async (path: string, step: number): Promise<readonly string[]> => {
  const later = (await listCheckpoints(path)).filter((checkpoint) => checkpoint.step > step);
  const renamed: string[] = [];
  for (const checkpoint of later) {
    const place = join(dirname(checkpoint.path), `aside-${basename(checkpoint.path)}`);
    await removeFolder(place);
    await rename(checkpoint.path, place);
    renamed.push(place);
  }
  return renamed;
};

/** Where a run goes on. */
export interface Place {
  /** Steps that are done. */
  readonly step: number;
  /** Whether the evaluation after them is still to be done. */
  readonly evaluationDue?: boolean;
}

/** A run's folder as a checkpoint left it. */
export interface ResumedFolder {
  readonly folder: RunFolder;
  /** Where later checkpoints, damaged ones among them, were put. */
  readonly setAside: readonly string[];
}

/** Clears away what a killed process left half written, and half removed. */
const clearAll = async (path: string): Promise<void> => {
  for (const folder of [path, join(path, "completions"), checkpointsIn(path)]) await clearTemporaries(folder);
};

/** Opens the folder of a run that is complete: it may have been killed between its last checkpoint and its end. */
export const completedRunFolder = async (path: string): Promise<RunFolder> => {
  await clearAll(path).catch((error: unknown) => {
    throw explainWriteError(error, path);
  });
  return inFolder(path);
};

/**
 * Opens the folder of a run that goes on at a place: what was written after them is taken back, and what a
 * killed process left half written is cleared away.
 * @throws PavlovError where the folder cannot be written or the disk has too little room.
 */
export const resumeRunFolder = async (path: string, place: Place, need: DiskNeed = NOTHING): Promise<ResumedFolder> => {
  await prepareFolder(path, need);
  try {
    await clearAll(path);
    await cutMetrics(path, place);
    await cutCompletions(path, place.step);
    return { folder: inFolder(path), setAside: await setAsideCheckpoints(path, place.step) };
  } catch (error) {
    throw explainWriteError(error, path);
  }
};
