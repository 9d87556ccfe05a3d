/**
 * The order of prompts and of completions: pure functions of a seed and a position, so that a run resumed anywhere
 * goes on in the same order. The semantics are those of TRL's `RepeatSampler` and `shuffle_sequence_dict`; the
 * permutations themselves are not PyTorch's.
 */
import type { BatchPlan } from "./batch-arithmetic.js";

/** Distinguishes the permutations that share a seed. */
const PROMPTS = 0x70726f6d;
const COMPLETIONS = 0x636f6d70;

/** Gives the dataset rows in the order of an epoch (from 0). */
export type PromptSampler = (epoch: number) => readonly number[];

/** Each epoch is a new permutation of all rows, or their natural order without `shuffle`. */
export function promptSampler(rows: number, seed: number, shuffle: boolean): PromptSampler {
  return (epoch) => (shuffle ? permutation(rows, [seed, PROMPTS, epoch]) : Array.from({ length: rows }, (_, row) => row));
}

/**
 * The dataset rows of a generation batch: the rows left over at the end of an epoch fill none and are dropped.
 *
 * @param order The epoch's order.
 */
export function promptsOfGeneration(
  order: readonly number[],
  plan: Pick<BatchPlan, "promptsPerGeneration">,
  generationOfEpoch: number,
): readonly number[] {
  const first = generationOfEpoch * plan.promptsPerGeneration;
  return order.slice(first, first + plan.promptsPerGeneration);
}

/**
 * The order in which the completions of a generation batch are split into micro-batches. TRL shuffles them too, so
 * that a micro-batch mixes groups and no group's advantages meet alone.
 *
 * @param generation Counted over the run.
 */
export function completionOrder(size: number, seed: number, generation: number): readonly number[] {
  return permutation(size, [seed, COMPLETIONS, generation]);
}

/** The part of an order that belongs to one micro-batch. */
export function sliceOf<T>(order: readonly T[], stepsPerGeneration: number, slice: number): readonly T[] {
  const size = order.length / stepsPerGeneration;
  return order.slice(slice * size, (slice + 1) * size);
}

/** Fisher and Yates's shuffle of 0 … size - 1, decided by `keys` alone. */
function permutation(size: number, keys: readonly number[]): number[] {
  const order = Array.from({ length: size }, (_, index) => index);
  const random = randomIntegers(keys);
  for (let last = size - 1; last > 0; last -= 1) {
    const other = random(last + 1);
    [order[last], order[other]] = [order[other] as number, order[last] as number];
  }
  return order;
}

/** Uniform integers below a bound: SplitMix32 (Steele, Lea, Flood 2014) started at a hash of the keys. */
function randomIntegers(keys: readonly number[]): (bound: number) => number {
  let state = 0;
  for (const key of keys) {
    state = mix(state ^ mix(key >>> 0));
    state = mix(state + Math.floor(key / 2 ** 32));
  }
  return (bound) => {
    state = (state + 0x9e3779b9) >>> 0;
    return Math.floor((mix(state) / 2 ** 32) * bound);
  };
}

function mix(value: number): number {
  let mixed = value >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
