/** What a run does when an error ends it: it saves what was trained, and says where. */
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
  // Where saving fails too, the disk may be full or the worker gone: the first error says more.
  await save?.().catch(() => undefined);
  const last = saved();
  if (!last) throw error;
  const how = saveOnlyModel ? "" : ", from where --resume goes on";
  throw withHint(error, `The model after step ${last.step} is saved in ${last.path}${how}.`);
};
