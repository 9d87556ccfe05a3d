/** Values of rows of different lengths: packed one row after another, or padded to rows of one length. */

/** The sum of the lengths. */
export const packedLength = (lengths: readonly number[]): number => lengths.reduce((sum, length) => sum + length, 0);

/** Where each row starts in the packed order. */
export const rowStarts = (lengths: readonly number[]): number[] => {
  let start = 0;
  return lengths.map((length) => (start += length) - length);
};

/** The place of each packed value in rows of `columns`, [sum of lengths]. */
export const slotsOfRows = (lengths: readonly number[], columns: number): Int32Array => {
  const slots = new Int32Array(packedLength(lengths));
  rowStarts(lengths).forEach((start, row) => {
    for (let column = 0; column < (lengths[row] as number); column++) slots[start + column] = row * columns + column;
  });
  return slots;
};

/** Packed values as [rows, columns], zeros where a row is shorter. */
export const padRows = (packed: Float32Array, lengths: readonly number[], columns: number): Float32Array => {
  const padded = new Float32Array(lengths.length * columns);
  slotsOfRows(lengths, columns).forEach((slot, index) => (padded[slot] = packed[index] as number));
  return padded;
};

/** The packed values of [rows, columns]. */
export const packRows = (padded: Float32Array, lengths: readonly number[], columns: number): Float32Array =>
  Float32Array.from(slotsOfRows(lengths, columns), (slot) => padded[slot] as number);
