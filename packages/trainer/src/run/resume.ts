/** Takes up a run where a checkpoint left it: finds the checkpoint, compares it with the run, and opens the folder. */
import { PavlovError } from "@pavlov/core";
import { findCheckpoint, type Checkpoint, type FoundCheckpoint } from "./checkpoint-search.js";
import type { DiskNeed } from "./disk-need.js";
import type { TrainEvent } from "./events.js";
import { checkFingerprint } from "./fingerprint.js";
import { completedRunFolder, resumeRunFolder, type RunFolder } from "./run-folder.js";
import type { TrainResult } from "./train-result.js";
import { versionChanges, versionsWith } from "./versions.js";

/** What a trainer is told about resuming. */
export interface ResumeOptions {
  readonly resumeFrom?: boolean | string;
  readonly resumeChanged?: boolean;
  readonly output?: string;
}

type Emit = (event: TrainEvent) => void;

/**
 * The checkpoint that the options ask for; null where they ask for none.
 * @param method the trainer's own, which the checkpoint must be of.
 * @throws PavlovError where there is none, it is damaged, or the run has changed since.
 */
export const openCheckpoint = async (
  { resumeFrom = false, resumeChanged = false, output }: ResumeOptions,
  method: Checkpoint["state"]["method"],
  fingerprint: Readonly<Record<string, unknown>>,
  emit: Emit,
): Promise<FoundCheckpoint | null> => {
  if (resumeFrom === false) return null;
  const from = resumeFrom === true ? output : resumeFrom;
  if (from === undefined) {
    throw new PavlovError("resumeFrom: true takes the newest checkpoint in `output`, which is not given.", {
      hint: "Give the run's folder as output, or a checkpoint's folder as resumeFrom.",
    });
  }
  const found = await findCheckpoint(from, (message) => emit({ type: "warning", message }));
  const { path, state } = found.checkpoint;
  if (state.method !== method) {
    throw new PavlovError(`The checkpoint ${path} is of a run of ${state.method}, and this is one of ${method}.`, {
      hint: `Resume it with the command that began it: pavlov ${state.method === "grpo" ? "train" : "sft"}.`,
    });
  }
  if (!resumeChanged) checkFingerprint(path, state.fingerprint, fingerprint);
  return found;
};

/** Opens the folder of the run that a checkpoint belongs to, and says what was found there. */
export const openResumedFolder = async (
  { runFolder, checkpoint: { path, state } }: FoundCheckpoint,
  engine: string,
  need: DiskNeed,
  emit: Emit,
): Promise<RunFolder> => {
  const changes = versionChanges(state.versions, versionsWith(engine));
  if (changes.length > 0) {
    const message = `The run goes on with other software than its checkpoint: ${changes.join("; ")}. `;
    emit({ type: "warning", message: `${message}Numbers may differ in their last digits from those of one run.` });
  }
  const place = { step: state.step, evaluationDue: state.progress["evaluationDue"] === true };
  const { folder, setAside } = await resumeRunFolder(runFolder, place, need);
  for (const later of setAside) {
    emit({ type: "warning", message: `A checkpoint of a later step was set aside: ${later}. Delete it if you like.` });
  }
  const steps = `${state.step} ${state.step === 1 ? "step" : "steps"}`;
  emit({ type: "note", message: `Going on after ${steps}, from ${path}.` });
  return folder;
};

/** A complete run as its trainer knows it. */
export interface CompleteRun {
  readonly maxSteps: number;
  readonly trainSeconds: number;
  readonly saveTotalLimit: number | null;
}

/** What a run that was complete before came to; ends what it had left to do if it was killed after its last checkpoint. */
export const completeResult = async (
  { runFolder, checkpoint: { path, state } }: FoundCheckpoint,
  { maxSteps, trainSeconds, saveTotalLimit }: CompleteRun,
  emit: Emit,
): Promise<TrainResult> => {
  const steps = state.step;
  const folder = await completedRunFolder(runFolder);
  if (saveTotalLimit !== null) await folder.keepCheckpoints(saveTotalLimit, new Set([steps]));
  emit({ type: "note", message: `The run in ${runFolder} is complete: it has done ${steps} of ${maxSteps} steps.` });
  return {
    ...{ steps, maxSteps, stopped: false, wasComplete: true, output: runFolder },
    // The model is saved before the last checkpoint.
    ...{ model: folder.modelPath, checkpoint: path, seconds: 0, trainSeconds, metrics: {} },
  };
};
