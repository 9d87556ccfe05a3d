/** What runs one reward: in this thread, or in a worker that can be killed. */
import type { MaybePromise } from "../reward.js";
import type { Outcome } from "./outcome.js";
import type { CallSample } from "./invoke.js";

export interface RunnerCall {
  readonly seed: number;
  /** Aborted when the session stops. */
  readonly signal: AbortSignal;
}

export interface QuickRunner {
  /** Settles as `run` does. The caller has waited for `turn`. */
  score(sample: CallSample, call: RunnerCall): MaybePromise<Outcome>;
  /** Something to wait for, and then to ask again, where the thread has to be given up before another call. */
  turn(): Promise<void> | undefined;
}

export interface Runner {
  /** Makes the reward ready. Rejects with a PavlovError that names the reward. */
  setup(): Promise<void>;
  /** One outcome for each sample. Rejects only with the signal's reason when the session stops. */
  run(samples: readonly CallSample[], call: RunnerCall): Promise<readonly Outcome[]>;
  /**
   * For a reward that may answer at once. Such a call often costs less than what `run` does around it.
   */
  readonly quick?: QuickRunner;
  dispose(): Promise<void>;
}
