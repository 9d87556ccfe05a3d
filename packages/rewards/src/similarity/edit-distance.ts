// The Levenshtein distance of two texts, by the bit-vector algorithm of Myers, 1999, in Hyyrö's form of 2003: 64 rows of the
// table at a time, as two words of 32 of which the first runs a column ahead, so that a processor works on both at once.
// The kept library, fastest-levenshtein, takes more than twice as long for texts of thousands of characters.
import { Numbering } from "../numbering.js";

/** Rows of the table in one word of bits. */
const WORD = 32;

/** A row as each cell's difference from the one to its left: bit 0 is set where it is one more, bit 1 where one less. */
type Steps = Int8Array;

interface Band {
  /** For each letter the rows that hold it: those of the upper word, then those of the lower. */
  readonly matches: Int32Array;
  /** Whether there is an upper word. */
  readonly both: boolean;
  /** The bit of the band's last row, in the lower word. */
  readonly last: number;
}

/**
 * Makes `steps`, which come as those of the row above the band, those of the band's last row.
 *
 * @param columns for each column the place of its letter in `matches`
 */
function descend({ matches, both, last }: Band, columns: Int32Array, steps: Steps): void {
  // Rows whose cell is one more than the cell above it, and one less, in the column that was last computed.
  let upperMore = -1;
  let upperLess = 0;
  let lowerMore = -1;
  let lowerLess = 0;
  let letter = 0;
  // The step of the row above the lower word.
  let between = 0;
  for (let column = 0; column <= columns.length; column++) {
    if (column > 0) {
      const match = matches[letter + 1] as number;
      const crossed = match | lowerLess;
      const started = match | (between >>> 1);
      const equal = ((((started & lowerMore) + lowerMore) | 0) ^ lowerMore) | started;
      const more = lowerLess | ~(equal | lowerMore);
      const less = lowerMore & equal;
      steps[column - 1] = ((more >>> last) & 1) | (((less >>> last) & 1) << 1);
      const shifted = (more << 1) | (between & 1);
      lowerMore = (less << 1) | (between >>> 1) | ~(crossed | shifted);
      lowerLess = shifted & crossed;
    }
    if (column === columns.length) break;
    letter = columns[column] as number;
    const step = steps[column] as number;
    if (both) {
      const match = matches[letter] as number;
      const crossed = match | upperLess;
      const started = match | (step >>> 1);
      const equal = ((((started & upperMore) + upperMore) | 0) ^ upperMore) | started;
      const more = upperLess | ~(equal | upperMore);
      const less = upperMore & equal;
      between = (more >>> 31) | ((less >>> 31) << 1);
      const shifted = (more << 1) | (step & 1);
      upperMore = (less << 1) | (step >>> 1) | ~(crossed | shifted);
      upperLess = shifted & crossed;
    } else {
      between = step;
    }
  }
}

/**
 * How many UTF-16 code units have to be changed, added or left out to make one text of the other. Takes time in the
 * product of the lengths over 64: bound both.
 */
export function editDistance(first: string, second: string): number {
  const [shorter, longer] = first.length < second.length ? [first, second] : [second, first];
  const letters = new Numbering<number>();
  const rows = Int32Array.from({ length: shorter.length }, (_, row) => 2 * letters.of(shorter.charCodeAt(row)));
  // Letters of the longer text alone share a place after all others.
  const elsewhere = 2 * letters.size;
  const columns = Int32Array.from({ length: longer.length }, (_, column) => {
    const letter = letters.find(longer.charCodeAt(column));
    return letter < 0 ? elsewhere : 2 * letter;
  });
  const matches = new Int32Array(elsewhere + 2);
  const steps: Steps = new Int8Array(longer.length).fill(1);
  for (let start = 0; start < rows.length;) {
    const both = rows.length - start > WORD;
    const band = rows.subarray(start, start + (both ? 2 : 1) * WORD);
    for (const [row, letter] of band.entries()) {
      const place = letter + (both ? row >>> 5 : 1);
      matches[place] = (matches[place] as number) | (1 << row);
    }
    descend({ matches, both, last: (band.length - 1) & 31 }, columns, steps);
    for (const letter of band) matches.fill(0, letter, letter + 2);
    start += band.length;
  }
  let distance = rows.length;
  for (const step of steps) distance += (step & 1) - (step >> 1);
  return distance;
}
