/** Finds the checkpoint that a run goes on from: the newest of a run's folder that is whole, or the one that is named. */
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { errorMessage, PavlovError } from "@pavlov/core";
import { recoverFolder, replacedPlace } from "../model/replace-folder.js";
import { readCheckpointState, STATE_FILE, type CheckpointState } from "./checkpoint-files.js";

/** A checkpoint whose files are whole. */
export interface Checkpoint {
  readonly path: string;
  readonly state: CheckpointState;
}

/** A checkpoint and the folder of the run that it belongs to. */
export interface FoundCheckpoint {
  readonly runFolder: string;
  readonly checkpoint: Checkpoint;
}

const STEP_NAME = /^step-(\d+)$/;

/** The folder name of a step: as long as steps have up to six digits, names sort as steps do. */
export const stepName = (step: number): string => `step-${String(step).padStart(6, "0")}`;

/** Where a run's folder keeps its checkpoints. */
export const checkpointsIn = (runFolder: string): string => join(runFolder, "checkpoints");

/** The checkpoints of a run's folder, whole or not, oldest first. */
export const listCheckpoints = async (
  runFolder: string,
): Promise<readonly { readonly step: number; readonly path: string }[]> => {
  const names = await readdir(checkpointsIn(runFolder)).catch((): string[] => []);
  return names
    .flatMap((name) => {
      const digits = STEP_NAME.exec(name)?.[1];
      return digits === undefined ? [] : [{ step: Number(digits), path: join(checkpointsIn(runFolder), name) }];
    })
    .toSorted((a, b) => a.step - b.step);
};

/** Gives checkpoints their names back that stand beside their places, since a process was killed while it rewrote them. */
const recoverCheckpoints = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder).catch((): string[] => [])) {
    const place = replacedPlace(join(folder, name));
    // Where the folder may only be read, they stay where they are.
    if (place !== null && STEP_NAME.test(basename(place))) await recoverFolder(place).catch(() => undefined);
  }
};

/** @throws PavlovError whose message says why a run cannot go on from it, as a part of a sentence. */
const readResumable = async (path: string): Promise<Checkpoint> => {
  const state = await readCheckpointState(path);
  if (!state.resumable) {
    throw new PavlovError("it holds the model alone, without the optimizer's state (saveOnlyModel)", {
      hint: `Start a new run from its model with --model ${path}, or resume an earlier checkpoint.`,
    });
  }
  return { path, state };
};

const nothingIn = (runFolder: string): PavlovError =>
  new PavlovError(`There is nothing to resume in ${runFolder}: it holds no checkpoint.`, {
    hint: "Start the run without --resume. Checkpoints are saved every saveSteps optimizer steps, and by Ctrl-C.",
  });

/** The newest checkpoint of a run that it can go on from; `warn` is told about each newer one that is passed over. */
const newestOf = async (runFolder: string, warn: (message: string) => void): Promise<Checkpoint> => {
  const all = (await listCheckpoints(runFolder)).toReversed();
  if (all.length === 0) throw nothingIn(runFolder);
  const problems: string[] = [];
  for (const { path } of all) {
    try {
      const checkpoint = await readResumable(path);
      for (const problem of problems) warn(`Passed over ${problem}.`);
      return checkpoint;
    } catch (error) {
      problems.push(`the checkpoint ${path}: ${errorMessage(error)}`);
    }
  }
  const [first, ...others] = problems;
  const rest = others.length === 0 ? "" : `, and of ${others.length} older ${others.length === 1 ? "one" : "ones"} too`;
  throw new PavlovError(`No checkpoint in ${runFolder} can be resumed. That is so of ${first}${rest}.`, {
    hint: others.length === 0 ? "Start the run anew." : `Also ${others.join("; ")}. Start the run anew.`,
  });
};

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

/**
 * What a path to resume from names: one checkpoint, or a run's folder.
 * @returns the run's folder, and the checkpoint's where it is one.
 */
export const checkpointPlace = async (
  from: string,
): Promise<{ readonly runFolder: string; readonly checkpoint: string | null }> => {
  const path = resolve(from);
  const isCheckpoint = STEP_NAME.test(basename(path)) || (await isFile(join(path, STATE_FILE)));
  return isCheckpoint ? { runFolder: dirname(dirname(path)), checkpoint: path } : { runFolder: path, checkpoint: null };
};

/**
 * The checkpoint to go on from.
 * @param from a checkpoint's folder or a run's folder.
 * @param warn is told about damaged checkpoints that are passed over.
 * @throws PavlovError where there is none, or the one that was named is damaged.
 */
export const findCheckpoint = async (from: string, warn: (message: string) => void): Promise<FoundCheckpoint> => {
  const path = resolve(from);
  await recoverCheckpoints(STEP_NAME.test(basename(path)) ? dirname(path) : checkpointsIn(path));
  if (!(await isFolder(path))) throw nothingIn(path);
  const { runFolder, checkpoint } = await checkpointPlace(path);
  if (checkpoint === null) return { runFolder, checkpoint: await newestOf(runFolder, warn) };
  try {
    return { runFolder, checkpoint: await readResumable(path) };
  } catch (error) {
    const hint = PavlovError.isInstance(error) ? error.hint : undefined;
    throw new PavlovError(`The checkpoint ${path} cannot be resumed: ${errorMessage(error)}.`, {
      hint: hint ?? `Resume the newest one that is whole with --resume ${runFolder}.`,
      cause: error,
    });
  }
};
