/** An order that a seed decides: Fisher and Yates's shuffle. */
import { sampleSeed } from "../scorer/seed.js";

/** A copy in another order; of two or more never in the same one. */
export function shuffled<T>(list: readonly T[], seed: number): readonly T[] {
  const order = [...list];
  for (let last = order.length - 1; last > 0; last--) {
    // Never its own place: Sattolo's variant, in which nothing stays where it was.
    const other = sampleSeed(seed, 0, last) % last;
    [order[last], order[other]] = [order[other] as T, order[last] as T];
  }
  return order;
}
