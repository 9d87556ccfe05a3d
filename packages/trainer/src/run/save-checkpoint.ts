/** Saves a checkpoint of a run, whatever its method: the policy by itself, the rest as its trainer describes it. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PavlovError } from "@pavlov/core";
import type { PolicyClient } from "../policy/client.js";
import type { NewCheckpointState } from "./checkpoint-files.js";
import type { Checkpoint } from "./checkpoint-search.js";
import type { TrainEvent } from "./events.js";
import { readExactly, writeExactly } from "./exact-json.js";
import type { RunFolder } from "./run-folder.js";
import { versionsWith } from "./versions.js";

/** What the parts of a run do for its checkpoints. */
export interface CheckpointWriter {
  readonly policy: PolicyClient;
  readonly folder: RunFolder;
  readonly options: { readonly saveOnlyModel: boolean; readonly saveTotalLimit: number | null };
  readonly fingerprint: Readonly<Record<string, unknown>>;
  /** The step that the run was taken up at. */
  readonly resumedStep: number | null;
  readonly emit: (event: TrainEvent) => void;
}

/** Where a run stands. */
export interface CheckpointContents extends Pick<NewCheckpointState, "method" | "step"> {
  /** For `state.json`; plain objects and numbers. */
  readonly progress: object;
  /** Whether the reference has moved from the model that training began with. */
  readonly movedReference?: boolean;
  /** More files of the folder, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Saves a step's checkpoint and removes those that `saveTotalLimit` leaves no room for. Returns its folder. */
export const saveCheckpointOf = async (writer: CheckpointWriter, contents: CheckpointContents): Promise<string> => {
  const { policy, folder, options, fingerprint, resumedStep, emit } = writer;
  const { method, step, movedReference = false, files = {} } = contents;
  const path = folder.checkpointPath(step);
  const resumable = !options.saveOnlyModel;
  await folder.writeCheckpoint(step, async (target) => {
    let optimizerSteps = 0;
    if (resumable) {
      ({ optimizerSteps } = await policy.saveCheckpoint({ folder: target, reference: movedReference }));
      for (const [name, text] of Object.entries(files)) await writeFile(join(target, name), text);
    } else {
      await policy.save({ folder: target });
    }
    const progress = JSON.parse(writeExactly({ ...contents.progress, optimizerSteps })) as Record<string, unknown>;
    return { method, step, resumable, fingerprint, versions: versionsWith(policy.info.engine), progress };
  });
  emit({ type: "save", step, path });
  if (options.saveTotalLimit !== null) {
    // Models alone do not replace the one checkpoint that the run can go on from.
    const kept = resumable || resumedStep === null ? [] : [resumedStep];
    await folder.keepCheckpoints(options.saveTotalLimit, new Set(kept));
  }
  return path;
};

/** What `state.json` holds of a run's progress, as {@link saveCheckpointOf} was given it, and the optimizer's steps. */
export const readProgressOf = ({ state }: Checkpoint): unknown => readExactly(JSON.stringify(state.progress));

/** An error for users with one more sentence on what to do; others come back as they are. */
export const withHint = (error: unknown, hint: string): unknown => {
  if (!PavlovError.isInstance(error)) return error;
  const hints = [error.hint, hint].filter(Boolean).join(" ");
  return new PavlovError(error.message, { hint: hints, location: error.location, cause: error });
};
