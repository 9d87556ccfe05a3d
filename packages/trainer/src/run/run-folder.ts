/**
 * A run's folder: `config.json`, `metrics.jsonl`, `completions/step-000010.jsonl` and `model/`. A folder that holds a
 * run already is left alone; the new run goes to the next free name beside it.
 */
import { appendFile, mkdir, readdir, rm, statfs } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { PavlovError } from "@pavlov/core";
import { explainWriteError, writeAtomically } from "./write-atomically.js";

/** Bytes of one float32 weight on the disk. */
export const BYTES_PER_PARAMETER = 4;

/** One run's folder, created and writable. */
export interface RunFolder {
  readonly path: string;
  /** Where the trained model is saved, in Hugging Face layout. */
  readonly modelPath: string;
  /** Where the model of a step is saved. */
  checkpointPath(step: number): string;
  /** Removes all but the last `count` checkpoints. */
  keepCheckpoints(count: number): Promise<void>;
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

const stepName = (step: number): string => `step-${String(step).padStart(6, "0")}`;

/** Free bytes of the disk that holds a folder, or will hold it: asked of the nearest parent that is there. */
const freeBytes = async (path: string): Promise<number> => {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    const parent = dirname(resolve(path));
    if (!isMissing(error) || parent === resolve(path)) throw error;
    return freeBytes(parent);
  }
};

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20).toLocaleString("en")} MB`;

/**
 * Creates the folder of a new run.
 * @param bytesNeeded what the run is going to write at least: the size of the model, mostly.
 * @throws PavlovError where the folder cannot be written or the disk has too little room.
 */
export const createRunFolder = async (wanted: string, bytesNeeded = 0): Promise<RunFolder> => {
  const path = await nextFreeFolder(wanted);
  try {
    const free = await freeBytes(path);
    if (free < bytesNeeded) {
      throw new PavlovError(
        `Not enough disk space for the run folder ${path}: ${megabytes(free)} free, ` +
          `${megabytes(bytesNeeded)} needed for the trained model.`,
        { hint: "Free some space there, or choose another folder with --output." },
      );
    }
    await mkdir(join(path, "completions"), { recursive: true });
  } catch (error) {
    throw explainWriteError(error, path);
  }

  return {
    path,
    modelPath: join(path, "model"),
    checkpointPath: (step) => join(path, "checkpoints", stepName(step)),
    keepCheckpoints: async (count) => {
      const names = (await readdir(join(path, "checkpoints"))).filter((name) => name.startsWith("step-")).toSorted();
      for (const name of names.slice(0, -count)) await rm(join(path, "checkpoints", name), { recursive: true });
    },
    writeConfig: (config) => writeAtomically(join(path, "config.json"), `${JSON.stringify(config, null, 2)}\n`),
    appendMetrics: async (metrics) => {
      const file = join(path, "metrics.jsonl");
      try {
        await appendFile(file, `${JSON.stringify(metrics)}\n`);
      } catch (error) {
        throw explainWriteError(error, file);
      }
    },
    writeCompletions: (step, rows) =>
      writeAtomically(
        join(path, "completions", `${stepName(step)}.jsonl`),
        rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
      ),
  };
};
