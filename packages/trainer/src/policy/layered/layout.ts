/**
 * Token rows laid out so that each distinct prompt is computed once. A prompt without its last token is a prefix; that
 * last token begins each of its completions' rows, so a row's hidden states are exactly those that predict its
 * completion. Completions come first in the packed order, then the prefixes.
 */
import { paddedLength, tokenValues } from "../batch-layout.js";
import type { LossArrays } from "../loss-program.js";
import type { TokenRow } from "../protocol.js";

/** Sizes of one micro-batch. */
export interface SharedShape {
  readonly rows: number;
  /** Padded length of completions. */
  readonly completionTokens: number;
  /** Distinct prompts. */
  readonly prompts: number;
  /** Padded length of prompts without their last token; at least 1. */
  readonly prefixTokens: number;
}

/** One micro-batch as flat arrays. Packed arrays hold [rows * completionTokens] and then [prompts * prefixTokens]. */
export interface SharedBatch {
  readonly shape: SharedShape;
  /** Packed; padding holds the padding token. */
  readonly ids: Int32Array;
  /** Packed positions of all tokens in their sequences, padding's too. */
  readonly positions: Float32Array;
  /** Positions of the prefixes' tokens as keys: padding lies beyond every query. [prompts, prefixTokens] */
  readonly keyPositions: Float32Array;
  /** 1 where the row belongs to the prompt. [rows, prompts] */
  readonly membership: Float32Array;
  /** The tokens that are predicted. [rows, completionTokens] */
  readonly targets: Int32Array;
  readonly loss: LossArrays;
}

/** A position that no query reaches; float32 holds it exactly. */
const BEYOND = 2 ** 30;

/** Tokens that pass through the layers. */
export const packedTokens = ({ rows, completionTokens, prompts, prefixTokens }: SharedShape): number =>
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

/** The sizes of a micro-batch of these rows. */
const sharedShape = (rows: readonly TokenRow[]): SharedShape => {
  const longest = (lengths: readonly number[]) => Math.max(1, ...lengths);
  return {
    rows: rows.length,
    completionTokens: paddedLength(longest(rows.map(({ completionIds }) => completionIds.length))),
    prompts: distinctPrompts(rows).prompts.length,
    prefixTokens: paddedLength(longest(rows.map(({ promptIds }) => promptIds.length - 1))),
  };
};

/**
 * Lays out a micro-batch, in the caller's order of rows.
 * @throws Error where a prompt is empty, or where a row lacks a value that others have.
 */
export const layOutShared = (rows: readonly TokenRow[], padTokenId: number): SharedBatch => {
  const shape = sharedShape(rows);
  const { completionTokens: columns, prefixTokens } = shape;
  const { prompts, promptOf } = distinctPrompts(rows);
  const ownTokens = rows.length * columns;
  const ids = new Int32Array(packedTokens(shape)).fill(padTokenId);
  const positions = new Float32Array(packedTokens(shape));
  const keyPositions = new Float32Array(prompts.length * prefixTokens).fill(BEYOND);
  const targets = new Int32Array(ownTokens).fill(padTokenId);
  const membership = new Float32Array(rows.length * prompts.length);
  const completionMask = new Float32Array(ownTokens);

  prompts.forEach((prompt, index) => {
    if (prompt.length === 0) throw new Error("A prompt has no tokens.");
    const start = index * prefixTokens;
    ids.set(prompt.slice(0, -1), ownTokens + start);
    for (let token = 0; token < prefixTokens; token++) positions[ownTokens + start + token] = token;
    for (let token = 0; token < prompt.length - 1; token++) keyPositions[start + token] = token;
  });
  rows.forEach(({ promptIds, completionIds, masked }, row) => {
    const start = row * columns;
    ids[start] = promptIds.at(-1) as number;
    ids.set(completionIds.slice(0, -1), start + 1);
    targets.set(completionIds, start);
    for (let token = 0; token < columns; token++) positions[start + token] = promptIds.length - 1 + token;
    membership[row * prompts.length + (promptOf[row] as number)] = 1;
    if (masked !== true) completionMask.fill(1, start, start + completionIds.length);
  });

  return {
    shape,
    ids,
    positions,
    keyPositions,
    membership,
    targets,
    loss: {
      rows: rows.length,
      completionTokens: columns,
      completionMask,
      advantages: Float32Array.from(rows, ({ advantage }) => advantage ?? 0),
      values: tokenValues(rows, columns),
    },
  };
};
