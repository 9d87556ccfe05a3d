/** What a run does when an error ends it: it saves what was trained, and says where. */
import type { PolicyClient } from "../policy/client.js";
import type { RunFolder } from "./run-folder.js";
import { withHint } from "./save-checkpoint.js";

export interface Rescue {
  /** Saves the state after the last step; null where the state is not that of a whole step. */
  readonly save: (() => Promise<void>) | null;
  /** The last step that has a checkpoint, asked after saving. */
  readonly saved: () => { readonly step: number; readonly path: string } | null;
  readonly saveOnlyModel: boolean;
}

/**
 * Saves what was trained before `error` ended the run.
 * @throws the error, with a sentence on where the run was saved where it was.
 */
export const rescueRun = async ({ save, saved, saveOnlyModel }: Rescue, error: unknown): Promise<never> => {
  // Where saving fails too, the disk may be full or the policy gone: the first error says more.
  await save?.().catch(() => undefined);
  const last = saved();
  if (!last) throw error;
  const how = saveOnlyModel ? "" : ", from where --resume goes on";
  throw withHint(error, `The model after step ${last.step} is saved in ${last.path}${how}.`);
};

/** The state that a checkpoint could not be saved of. */
export interface FailedSave {
  readonly policy: Pick<PolicyClient, "save">;
  readonly folder: Pick<RunFolder, "modelPath">;
  readonly step: number;
  /** Whether `model/` holds the model of this step. */
  readonly modelIsSaved: boolean;
}

/**
 * Saves the model alone where its checkpoint could not be saved: it takes a third of the room.
 * @throws the error, with a sentence on where the model is.
 */
export const saveModelInstead = async (
  { policy, folder: { modelPath }, step, modelIsSaved }: FailedSave,
  error: unknown,
): Promise<never> => {
  const isSaved =
    modelIsSaved ||
    (await policy.save({ folder: modelPath }).then(
      () => true,
      // The disk may have no room for the model either, or the policy be gone: the first error says more.
      () => false,
    ));
  if (!isSaved) throw error;
  throw withHint(error, `The model after step ${step} is saved in ${modelPath}, without the optimizer's state.`);
};
