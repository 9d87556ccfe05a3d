/** What runs one reward: in this thread, or in a worker that can be killed. */
import type { Outcome } from "./outcome.js";
import type { CallSample } from "./invoke.js";

export interface RunnerCall {
  readonly seed: number;
  /** Aborted when the session stops. */
  readonly signal: AbortSignal;
}

export interface Runner {
  /** Makes the reward ready. Rejects with a PavlovError that names the reward. */
  setup(): Promise<void>;
  /** One outcome for each sample. Rejects only with the signal's reason when the session stops. */
  run(samples: readonly CallSample[], call: RunnerCall): Promise<readonly Outcome[]>;
  dispose(): Promise<void>;
}
