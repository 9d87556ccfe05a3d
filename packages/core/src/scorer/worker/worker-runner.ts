/** Runs a reward in a pool of worker threads, where even `while (true) {}` ends when its time is up. */
import { PavlovError } from "../../error.js";
import type { Runner } from "../runner.js";
import type { WorkerReward } from "./messages.js";
import type { WorkerPool } from "./pool.js";

export interface WorkerRunnerOptions {
  readonly reward: WorkerReward;
  /** Milliseconds for one call, from the moment that a worker is free for it. */
  readonly timeout: number | undefined;
  /** The scoring method is declared `async`: it may end by itself when its signal is aborted. */
  readonly asynchronous: boolean;
  readonly pool: WorkerPool;
  /** Starts the pool, once for all its rewards. */
  start(): Promise<ReadonlyMap<number, string>>;
}

export function createWorkerRunner(options: WorkerRunnerOptions): Runner {
  const { reward, timeout, asynchronous, pool, start } = options;
  return {
    async setup() {
      const problem = (await start()).get(reward.id);
      if (problem !== undefined) throw new PavlovError(problem);
    },
    run: (samples, { seed, signal }) => pool.run({ reward, samples, seed, timeout, asynchronous, signal }),
    // The pool is disposed of as a whole.
    dispose: () => Promise.resolve(),
  };
}
