/** Work on the main thread that stays interruptible: loops give way now and then, and waiting ends with a signal. */
import { setImmediate as nextTurn } from "node:timers/promises";

/** Milliseconds of work after which {@link createYielder}'s function gives way. */
const SLICE = 8;

/** Returns a function to call in a loop: it waits for the next turn of the event loop once its slice is used up. */
export const createYielder = (): (() => Promise<void>) => {
  let started = performance.now();
  return async () => {
    if (performance.now() - started < SLICE) return;
    await nextTurn();
    started = performance.now();
  };
};

/** What `work` comes to, or the signal's reason as soon as it aborts; the work itself goes on unheard then. */
export const unlessAborted = async <T>(signal: AbortSignal, work: Promise<T>): Promise<T> => {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  // The loser of the race may reject later, when nobody listens.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
};
