// A queue that runs a limited number of things at a time, and can be waited for.
import pLimit from "p-limit";

/** Runs what it is given in order, a limited number at a time. */
export interface Queue {
  <T>(run: () => Promise<T>): Promise<T>;
  /** Resolves when nothing runs and nothing waits. */
  settled(): Promise<void>;
}

/** @param width how many run at the same time, from 1 */
export function createQueue(width: number): Queue {
  const limit = pLimit(width);
  const under = new Set<Promise<unknown>>();
  const queue = <T>(run: () => Promise<T>): Promise<T> => {
    const taken = limit(run);
    under.add(taken);
    const forget = () => under.delete(taken);
    taken.then(forget, forget);
    return taken;
  };
  return Object.assign(queue, {
    async settled() {
      while (under.size > 0) await Promise.allSettled(under);
    },
  });
}
