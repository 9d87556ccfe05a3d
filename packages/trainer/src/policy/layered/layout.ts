/**
 * Token rows laid out so that each distinct prompt is computed once and padding is not computed at all. A prompt without
 * its last token is a prefix; that last token begins each of its completions' rows, so a row's hidden states are exactly
 * those that predict its completion.
 *
 * There are two orders. *Tokens* are packed: the completions' real tokens row by row, then the prefixes', then one token
 * of padding where there is any. Everything but attention works on them. *Slots* are attention's rectangles,
 * [rows, completionTokens] and then [prompts, prefixTokens]. All slots of padding hold the token of padding, and it
 * counts as the token of one of them: whatever it gets from a layer, its gradient is zero, since the loss reads neither
 * it nor, through attention's mask, its keys.
 */
import { paddedLength, tokenValues } from "../batch-layout.js";
import type { LossArrays } from "../loss-program.js";
import type { TokenRow } from "../protocol.js";

/** Sizes of one micro-batch's slots. */
export interface SharedShape {
  readonly rows: number;
  /** Padded length of completions. */
  readonly completionTokens: number;
  /** Distinct prompts. */
  readonly prompts: number;
  /** Padded length of prompts without their last token; at least 1. */
  readonly prefixTokens: number;
}

/** One micro-batch as flat arrays. */
export interface SharedBatch {
  readonly shape: SharedShape;
  /** Tokens of each row's completion, which come first; at least one, also where a completion is empty. */
  readonly lengths: readonly number[];
  /** [tokens] */
  readonly ids: Int32Array;
  /** Positions of tokens in their sequences. [tokens] */
  readonly positions: Float32Array;
  /** The token in each slot. [slots] */
  readonly tokenOfSlot: Int32Array;
  /** The slot of each token. [tokens] */
  readonly slotOfToken: Int32Array;
  /** Positions of all slots in their sequences, padding's too. [slots] */
  readonly slotPositions: Float32Array;
  /** Positions of the prefixes' slots as keys: padding lies beyond every query. [prompts, prefixTokens] */
  readonly keyPositions: Float32Array;
  /** 1 where the row belongs to the prompt. [rows, prompts] */
  readonly membership: Float32Array;
  /** The tokens that are predicted, for the completions' tokens: [sum of `lengths`]. */
  readonly targets: Int32Array;
  readonly loss: LossArrays;
}

/** A position that no query reaches; float32 holds it exactly. */
const BEYOND = 2 ** 30;

/** Slots of attention: the most tokens that a micro-batch of that shape can have. */
export const slotsOf = ({ rows, completionTokens, prompts, prefixTokens }: SharedShape): number =>
  rows * completionTokens + prompts * prefixTokens;

/** Each row's prompt as a number, in order of first appearance, and the distinct prompts. */
const distinctPrompts = (rows: readonly TokenRow[]) => {
  const known = new Map<string, number>();
  const prompts: (readonly number[])[] = [];
  const promptOf = rows.map(({ promptIds }) => {
    const key = promptIds.join();
    const prompt = known.get(key) ?? prompts.length;
    if (prompt === prompts.length) {
      known.set(key, prompt);
      prompts.push(promptIds);
    }
    return prompt;
  });
  return { prompts, promptOf };
};

const longest = (sequences: readonly (readonly number[])[]): number =>
  Math.max(1, ...sequences.map(({ length }) => length));

/** Some tokens that lie together in slots: what a row or a prefix computes. */
interface Run {
  readonly ids: readonly number[];
  /** Its first slot. */
  readonly slot: number;
  /** Slots that it has. */
  readonly slots: number;
  /** Position of its first token in its sequence. */
  readonly position: number;
}

/** Packs runs, which together have all `slots`. */
const pack = (runs: readonly Run[], slots: number, padTokenId: number) => {
  const real = runs.reduce((sum, { ids }) => sum + ids.length, 0);
  const tokens = real === slots ? real : real + 1;
  const ids = new Int32Array(tokens).fill(padTokenId);
  const positions = new Float32Array(tokens);
  const slotPositions = new Float32Array(slots);
  const tokenOfSlot = new Int32Array(slots).fill(real);
  const slotOfToken = new Int32Array(tokens);
  let token = 0;
  for (const run of runs) {
    for (let index = 0; index < run.slots; index++) slotPositions[run.slot + index] = run.position + index;
    for (const [index, id] of run.ids.entries()) {
      ids[token] = id;
      positions[token] = run.position + index;
      slotOfToken[token] = run.slot + index;
      tokenOfSlot[run.slot + index] = token++;
    }
  }
  if (tokens > real) slotOfToken[real] = tokenOfSlot.indexOf(real);
  return { ids, positions, slotPositions, tokenOfSlot, slotOfToken };
};

/**
 * Lays out a micro-batch, in the caller's order of rows.
 * @throws Error where a prompt is empty, or where a row lacks a value that others have.
 */
export const layOutShared = (rows: readonly TokenRow[], padTokenId: number): SharedBatch => {
  const { prompts, promptOf } = distinctPrompts(rows);
  if (prompts.some(({ length }) => length === 0)) throw new Error("A prompt has no tokens.");
  const prefixes = prompts.map((prompt) => prompt.slice(0, -1));
  const columns = paddedLength(longest(rows.map(({ completionIds }) => completionIds)));
  const prefixTokens = paddedLength(longest(prefixes));
  const shape = { rows: rows.length, completionTokens: columns, prompts: prompts.length, prefixTokens };
  const ownSlots = rows.length * columns;
  const runs = [
    ...rows.map(({ promptIds, completionIds }, row): Run => {
      const ids = [promptIds.at(-1) as number, ...completionIds.slice(0, -1)];
      return { ids, slot: row * columns, slots: columns, position: promptIds.length - 1 };
    }),
    ...prefixes.map((ids, index): Run => {
      return { ids, slot: ownSlots + index * prefixTokens, slots: prefixTokens, position: 0 };
    }),
  ];

  const keyPositions = new Float32Array(prompts.length * prefixTokens).fill(BEYOND);
  prefixes.forEach((ids, index) => {
    for (let token = 0; token < ids.length; token++) keyPositions[index * prefixTokens + token] = token;
  });
  const membership = new Float32Array(rows.length * prompts.length);
  promptOf.forEach((prompt, row) => (membership[row * prompts.length + prompt] = 1));
  const completionMask = new Float32Array(ownSlots);
  rows.forEach(({ completionIds, masked }, row) => {
    if (masked !== true) completionMask.fill(1, row * columns, row * columns + completionIds.length);
  });

  return {
    shape,
    lengths: rows.map(({ completionIds }) => Math.max(1, completionIds.length)),
    ...pack(runs, slotsOf(shape), padTokenId),
    keyPositions,
    membership,
    targets: Int32Array.from(
      rows.flatMap(({ completionIds }) => (completionIds.length === 0 ? [padTokenId] : completionIds)),
    ),
    loss: {
      rows: rows.length,
      completionTokens: columns,
      completionMask,
      advantages: Float32Array.from(rows, ({ advantage }) => advantage ?? 0),
      values: tokenValues(rows, columns),
    },
  };
};
