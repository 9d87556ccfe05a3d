/** How the output head's tokens are cut into chunks, so that their scores over the vocabulary fit a memory budget. */
import { packedLength } from "./ragged.js";

/** The fewest tokens of a chunk: with fewer the head's weights are read too often. */
const FEWEST_TOKENS = 16;

/** A run of `count` items from `start`. */
export interface Chunk {
  readonly start: number;
  readonly count: number;
}

const chunksOf = (total: number, size: number): Chunk[] =>
  Array.from({ length: Math.ceil(total / size) }, (_, index) => ({
    start: index * size,
    count: Math.min(size, total - index * size),
  }));

/** Cuts `total` items into as few chunks of at most `most` as possible, about equally large. */
export const cutChunks = (total: number, most: number): Chunk[] =>
  chunksOf(total, Math.ceil(total / Math.ceil(total / most)));

/**
 * Cuts rows of so many tokens into as few chunks of equally many rows as possible, each of at most `most` tokens; null
 * where a row alone has more.
 */
export const cutRows = (lengths: readonly number[], most: number): Chunk[] | null => {
  const rows = lengths.length;
  const within = ({ start, count }: Chunk) => packedLength(lengths.slice(start, start + count)) <= most;
  const fits = (chunks: number) => chunksOf(rows, Math.ceil(rows / chunks)).every(within);
  const counts = Array.from({ length: rows }, (_, index) => index + 1);
  const fewest = counts.find(fits);
  if (fewest === undefined) return null;
  // Chunks of equally many rows share one program; a little smaller ones are worth that.
  const even = counts.find((count) => count >= fewest && count <= 2 * fewest && rows % count === 0 && fits(count));
  return chunksOf(rows, Math.ceil(rows / (even ?? fewest)));
};

/** Tokens whose float32 scores over the vocabulary take at most `bytes`. */
export const tokensWithin = (bytes: number, vocabularySize: number): number =>
  Math.max(FEWEST_TOKENS, Math.floor(bytes / (4 * vocabularySize)));
