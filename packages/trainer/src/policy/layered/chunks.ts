/** How the output head's tokens are cut into chunks, so that their scores over the vocabulary fit a memory budget. */

/** The fewest tokens of a chunk: with fewer the head's weights are read too often. */
const FEWEST_TOKENS = 16;

/** A run of `count` items from `start`. */
export interface Chunk {
  readonly start: number;
  readonly count: number;
}

/** Cuts `total` items into as few chunks of at most `most` as possible, of equal size where that divides. */
export const cutChunks = (total: number, most: number): Chunk[] => {
  const fewest = Math.ceil(total / most);
  // Equal chunks share one program; a little smaller ones are worth that.
  const even = Array.from({ length: fewest + 1 }, (_, more) => fewest + more).find((count) => total % count === 0);
  const size = Math.ceil(total / (even ?? fewest));
  return Array.from({ length: Math.ceil(total / size) }, (_, index) => ({
    start: index * size,
    count: Math.min(size, total - index * size),
  }));
};

/** Tokens whose float32 scores over the vocabulary take at most `bytes`. */
export const tokensWithin = (bytes: number, vocabularySize: number): number =>
  Math.max(FEWEST_TOKENS, Math.floor(bytes / (4 * vocabularySize)));
