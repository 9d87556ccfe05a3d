/**
 * The order of prompts and of completions: pure functions of a seed and a position, so that a run resumed anywhere
 * goes on in the same order. The semantics are those of TRL's `RepeatSampler` and `shuffle_sequence_dict`; the
 * permutations themselves are not PyTorch's.
 */
import { philox } from "../rollout/uniform.js";
import type { BatchPlan } from "./batch-arithmetic.js";

/** Streams of the random numbers that share a seed; sampling counts generation batches from 0 in their place. */
const PROMPTS = 0x80000001;
const COMPLETIONS = 0x80000002;

/** Gives the dataset rows in the order of an epoch (from 0). */
export type PromptSampler = (epoch: number) => readonly number[];

/** Each epoch is a new permutation of all rows, or their natural order without `shuffle`. Keeps the last epoch asked for. */
export function promptSampler(rows: number, seed: number, shuffle: boolean): PromptSampler {
  let kept: { readonly epoch: number; readonly order: readonly number[] } | undefined;
  const orderOf = (epoch: number): readonly number[] =>
    shuffle ? permutation(rows, seed, PROMPTS, epoch) : Array.from({ length: rows }, (_, row) => row);
  return (epoch) => {
    if (kept?.epoch !== epoch) kept = { epoch, order: orderOf(epoch) };
    return kept.order;
  };
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
  return permutation(size, seed, COMPLETIONS, generation);
}

/** The part of an order that belongs to one micro-batch. */
export function sliceOf<T>(order: readonly T[], stepsPerGeneration: number, slice: number): readonly T[] {
  const size = order.length / stepsPerGeneration;
  return order.slice(slice * size, (slice + 1) * size);
}

/** Fisher and Yates's shuffle of 0 … size - 1, decided by the seed, the stream and the counter alone. */
function permutation(size: number, seed: number, stream: number, counter: number): number[] {
  const order = Array.from({ length: size }, (_, index) => index);
  for (let last = size - 1; last > 0; last -= 1) {
    const [word] = philox(seed, stream, counter, last);
    const other = Math.floor(((word >>> 0) / 2 ** 32) * (last + 1));
    [order[last], order[other]] = [order[other] as number, order[last] as number];
  }
  return order;
}
