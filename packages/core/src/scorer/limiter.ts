/** How many calls run at the same time, and how long the thread is kept before others get their turn. */

/** Runs a task as soon as there is room for it. A task that there is room for begins before this returns. */
export interface Limiter {
  <T>(task: () => Promise<T>): Promise<T>;
  /** Whether a task would begin at once. */
  readonly hasRoom: () => boolean;
}

/** Runs at most `limit` tasks at once, in the order in which they were given. */
export function createLimiter(limit: number): Limiter {
  let running = 0;
  // A set keeps insertion order, and unlike an array gives up its first element at once however many wait.
  const waiting = new Set<() => void>();
  const run = async <T>(task: () => Promise<T>): Promise<T> => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.add(resolve));
    else running++;
    try {
      return await task();
    } finally {
      const [next] = waiting;
      // The slot passes to the next in line without becoming free in between.
      if (next && waiting.delete(next)) next();
      else running--;
    }
  };
  return Object.assign(run, { hasRoom: () => running < limit });
}

/** Lets the event loop turn when a thread full of synchronous rewards has held it for a while. */
export interface Breather {
  /** True when the time slice is used up. */
  exhausted(): boolean;
  /** Resolves after the event loop has turned. */
  breathe(): Promise<void>;
}

/**
 * A slice starts when the event loop last turned through {@link Breather.breathe}. Many waiters wake together: each
 * must ask `exhausted` again before it computes.
 * @param sliceMs milliseconds of computing between two turns
 */
export function createBreather(sliceMs = 10): Breather {
  let started = -Infinity;
  let turning: Promise<void> | undefined;
  return {
    exhausted: () => performance.now() - started > sliceMs,
    breathe: () =>
      (turning ??= new Promise((resolve) =>
        setImmediate(() => {
          turning = undefined;
          started = performance.now();
          resolve();
        }),
      )),
  };
}
