/**
 * Token rows as padded arrays, laid out as in TRL: prompts padded on the left to one length, completions on the right
 * to another. Lengths are rounded up to a few sizes, so that few programs are compiled.
 */
import type { TokenRow } from "./protocol.js";

/** Sizes of one micro-batch. */
export interface BatchShape {
  readonly rows: number;
  /** Padded prompt length. */
  readonly promptTokens: number;
  /** Padded completion length. */
  readonly completionTokens: number;
}

/** Values that a row has for each completion token, beside its ids. */
export const TOKEN_VALUES = [
  "oldLogProbabilities",
  "referenceLogProbabilities",
  "samplingLogProbabilities",
  "importanceRatio",
] as const;
export type TokenValue = (typeof TOKEN_VALUES)[number];

/** One micro-batch as flat arrays, row by row. */
export interface BatchArrays {
  readonly shape: BatchShape;
  /** [rows, promptTokens + completionTokens] */
  readonly ids: Int32Array;
  /** Position of each real token in its row, from 0; 0 at padding. Same shape as `ids`. */
  readonly positions: Int32Array;
  /** 1 for real tokens. Same shape as `ids`. */
  readonly keyMask: Float32Array;
  /** 1 for completion tokens that count. [rows, completionTokens] */
  readonly completionMask: Float32Array;
  /** [rows] */
  readonly advantages: Float32Array;
  /** Those that every row has. Each [rows, completionTokens] */
  readonly values: Readonly<Partial<Record<TokenValue, Float32Array>>>;
}

/** Rounds a length up so that at most an eighth of it is padding, in steps of at least 8 tokens. */
export const paddedLength = (length: number): number => {
  const step = Math.max(8, 2 ** Math.ceil(Math.log2(Math.max(1, length))) / 8);
  return Math.ceil(Math.max(1, length) / step) * step;
};

/** The padded sizes that hold all rows. */
const batchShape = (rows: readonly TokenRow[]): BatchShape => ({
  rows: rows.length,
  promptTokens: paddedLength(Math.max(...rows.map(({ promptIds }) => promptIds.length))),
  completionTokens: paddedLength(Math.max(...rows.map(({ completionIds }) => completionIds.length))),
});

/**
 * What rows have for each completion token beside ids. Each [rows, completionTokens]
 * @throws Error where some rows have a value that others lack, or of another length than their completion.
 */
export const tokenValues = (
  rows: readonly TokenRow[],
  completionTokens: number,
): Readonly<Partial<Record<TokenValue, Float32Array>>> => {
  const values: Partial<Record<TokenValue, Float32Array>> = {};
  for (const name of TOKEN_VALUES) {
    if (rows[0]?.[name] === undefined) continue;
    const array = new Float32Array(rows.length * completionTokens);
    rows.forEach((row, index) => {
      const of = row[name];
      if (of?.length !== row.completionIds.length) {
        throw new Error(`Row ${index} has ${of?.length ?? "no"} ${name} for ${row.completionIds.length} tokens.`);
      }
      array.set(of, index * completionTokens);
    });
    values[name] = array;
  }
  return values;
};

/**
 * Lays out a micro-batch.
 * @throws Error where some rows have a value that others lack, or of another length than their completion.
 */
export const layOutBatch = (rows: readonly TokenRow[], padTokenId: number): BatchArrays => {
  const shape = batchShape(rows);
  const { promptTokens, completionTokens } = shape;
  const width = promptTokens + completionTokens;
  const ids = new Int32Array(rows.length * width).fill(padTokenId);
  const positions = new Int32Array(rows.length * width);
  const keyMask = new Float32Array(rows.length * width);
  const completionMask = new Float32Array(rows.length * completionTokens);

  rows.forEach(({ promptIds, completionIds, masked }, row) => {
    const start = row * width + promptTokens - promptIds.length;
    ids.set(promptIds, start);
    ids.set(completionIds, row * width + promptTokens);
    const tokens = promptIds.length + completionIds.length;
    keyMask.fill(1, start, start + tokens);
    for (let token = 0; token < tokens; token++) positions[start + token] = token;
    if (!masked) {
      const first = row * completionTokens;
      completionMask.fill(1, first, first + completionIds.length);
    }
  });

  const values = tokenValues(rows, completionTokens);
  const advantages = Float32Array.from(rows, ({ advantage }) => advantage ?? 0);
  return { shape, ids, positions, keyMask, completionMask, advantages, values };
};
