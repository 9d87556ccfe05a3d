/** Where each head of each token lies while attention works, as indices of rows of `headDimension` numbers. */
import { slotsOf, type SharedBatch } from "./layout.js";

export interface HeadSlots {
  /** The row of [tokens, heads] in each place of [rows, heads, completionTokens] and [prompts, heads, prefixTokens]. */
  readonly toSlots: Int32Array;
  /** The place that each row of [tokens, heads] has there. */
  readonly toTokens: Int32Array;
}

/** Indices for a projection of so many heads. They move heads before tokens on the way, which costs nothing more. */
export const headSlots = (
  { shape, tokenOfSlot, slotOfToken }: Pick<SharedBatch, "shape" | "tokenOfSlot" | "slotOfToken">,
  heads: number,
): HeadSlots => {
  const { rows, completionTokens, prefixTokens } = shape;
  const ownSlots = rows * completionTokens;
  const toSlots = new Int32Array(slotsOf(shape) * heads);
  const toTokens = new Int32Array(slotOfToken.length * heads);
  const placeOf = (slot: number, head: number): number => {
    const [start, width] = slot < ownSlots ? [0, completionTokens] : [ownSlots, prefixTokens];
    const column = (slot - start) % width;
    return (slot - column) * heads + head * width + column;
  };
  tokenOfSlot.forEach((token, slot) => {
    for (let head = 0; head < heads; head++) toSlots[placeOf(slot, head)] = token * heads + head;
  });
  slotOfToken.forEach((slot, token) => {
    for (let head = 0; head < heads; head++) toTokens[token * heads + head] = placeOf(slot, head);
  });
  return { toSlots, toTokens };
};
