/** Long loops on the main thread give way now and then, so that the screen and Ctrl-C stay alive. */
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
