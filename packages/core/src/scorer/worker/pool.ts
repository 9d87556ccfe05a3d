/**
 * A pool of worker threads for isolated rewards.
 *
 * Not piscina: it has no event for a task's start, so a limit set from outside also counts the time in its queue and the
 * start of a thread (a TypeScript reward takes longer to load than the limit of many a call); it cannot set rewards up
 * and dispose of them per thread; and it gives no sign of whether an aborted task ended by itself.
 */
import { availableParallelism } from "node:os";
import { describeThrown, failure, type Outcome } from "../outcome.js";
import type { WorkerReward } from "./messages.js";
import { RewardThread, type ThreadCall } from "./reward-thread.js";

export interface WorkerPool {
  /** Starts every thread and sets every reward up in each. What could not be set up, by the reward's id. */
  start(): Promise<ReadonlyMap<number, string>>;
  /** Runs a call in the next free thread; its time starts then. Rejects only with the signal's reason. */
  run(call: ThreadCall): Promise<readonly Outcome[]>;
  dispose(): Promise<void>;
}

/** Threads for rewards that ask for no number: enough that one that hangs does not hold up the others. */
export function defaultPoolSize(): number {
  return Math.max(2, Math.min(4, availableParallelism()));
}

export function createWorkerPool(
  rewards: readonly WorkerReward[],
  size: number,
  log: (reward: number, message: string) => void,
): WorkerPool {
  const live = new Set<RewardThread>();
  const idle: RewardThread[] = [];
  const waiting: ((thread: RewardThread | string) => void)[] = [];
  let closed = false;

  const release = (thread: RewardThread) => {
    if (closed) return thread.kill();
    const next = waiting.shift();
    if (next) next(thread);
    else idle.push(thread);
  };

  const spawn = async (): Promise<ReadonlyMap<number, string>> => {
    const thread = new RewardThread(log);
    live.add(thread);
    void thread.ended.then(() => {
      live.delete(thread);
      const position = idle.indexOf(thread);
      if (position !== -1) idle.splice(position, 1);
    });
    const problems = await thread.prepare(rewards);
    release(thread);
    return problems;
  };

  /** Starts a thread for those who wait; when none can start, they are told why. */
  const replace = () => {
    if (closed) return;
    spawn().catch((thrown) => {
      if (live.size === 0) for (const tell of waiting.splice(0)) tell(describeThrown(thrown));
    });
  };

  const acquire = (): Promise<RewardThread | string> => {
    const thread = idle.pop();
    if (thread) return Promise.resolve(thread);
    if (live.size < size) replace();
    return new Promise((resolve) => waiting.push(resolve));
  };

  return {
    async start() {
      const started = await Promise.all(Array.from({ length: size }, spawn));
      return new Map(started.flatMap((problems) => [...problems]));
    },

    async run(call) {
      call.signal.throwIfAborted();
      const thread = await acquire();
      if (typeof thread === "string") return call.samples.map(() => failure(thread));
      if (call.signal.aborted) {
        release(thread);
        throw call.signal.reason;
      }
      const { outcomes, usable } = thread.call(call);
      void usable.then((isUsable) => {
        if (isUsable) return release(thread);
        live.delete(thread);
        replace();
      });
      return outcomes;
    },

    async dispose() {
      closed = true;
      for (const tell of waiting.splice(0)) tell("the scorer was disposed of");
      const resting = new Set(idle.splice(0));
      for (const thread of live) if (!resting.has(thread)) thread.kill();
      const results = await Promise.allSettled([...resting].map((thread) => thread.dispose()));
      for (const result of results) if (result.status === "rejected") throw result.reason;
    },
  };
}
