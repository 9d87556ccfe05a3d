/** Where a supervised run stands: all that its checkpoints hold beside the policy. */
import type { PolicyClient } from "../policy/client.js";
import type { Checkpoint } from "../run/checkpoint-search.js";
import { readProgressOf } from "../run/save-checkpoint.js";

/** What one step hands to the next. */
export interface Progress {
  /** Optimizer steps done. */
  step: number;
  /** The last step that is whole, its line of metrics written; the run's state is saved after such a step alone. */
  wholeStep: number;
  tokensSeen: number;
  /** Seconds of all steps of the run. */
  trainSeconds: number;
  /** The last step that has a checkpoint, with its folder. */
  saved: { readonly step: number; readonly path: string } | null;
  /** The step that the run was taken up at. */
  readonly resumedStep: number | null;
}

/** What a checkpoint holds of it. */
export interface StoredProgress extends Pick<Progress, "tokensSeen" | "trainSeconds"> {
  readonly optimizerSteps: number;
}

/** The state before the first step. */
export const newProgress = (): Progress => ({
  step: 0,
  wholeStep: 0,
  tokensSeen: 0,
  trainSeconds: 0,
  saved: null,
  resumedStep: null,
});

/** Where the run stood when a checkpoint was saved. */
export const readProgress = (checkpoint: Checkpoint): StoredProgress => readProgressOf(checkpoint) as StoredProgress;

/** Puts the policy back to where a checkpoint left it, and returns the rest. */
export const loadCheckpoint = async (policy: PolicyClient, checkpoint: Checkpoint): Promise<Progress> => {
  const { path } = checkpoint;
  const { step } = checkpoint.state;
  const { optimizerSteps, tokensSeen, trainSeconds } = readProgress(checkpoint);
  await policy.loadCheckpoint({ folder: path, optimizerSteps, reference: false });
  return { step, wholeStep: step, tokensSeen, trainSeconds, saved: { step, path }, resumedStep: step };
};
