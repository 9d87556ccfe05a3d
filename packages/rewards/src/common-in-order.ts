// The longest common subsequence of two lists, of which ROUGE-L and ordered lists are made: 32 places at a time, by the
// bit-vector algorithm of Hyyrö, 2004, which here passes over words of places that an item leaves as they are.

/** Where each number occurs in a list, as words of 32 places with the bits that are set: at most one pair to a place. */
interface Places {
  /** The pairs of a number are those from `starts[number]` to before `starts[number + 1]`. */
  readonly starts: Int32Array;
  readonly words: Int32Array;
  readonly bits: Int32Array;
}

function placesOf(items: Int32Array): Places {
  const different = items.reduce((most, item) => Math.max(most, item + 1), 0);
  const counts = new Int32Array(different);
  const lastWord = new Int32Array(different).fill(-1);
  for (let place = 0; place < items.length; place++) {
    const item = items[place] as number;
    if (lastWord[item] === place >>> 5) continue;
    lastWord[item] = place >>> 5;
    counts[item] = (counts[item] as number) + 1;
  }
  const starts = new Int32Array(different + 1);
  for (let item = 0; item < different; item++) starts[item + 1] = (starts[item] as number) + (counts[item] as number);
  const words = new Int32Array(starts[different] as number);
  const bits = new Int32Array(words.length);
  const next = starts.slice(0, different);
  lastWord.fill(-1);
  for (let place = 0; place < items.length; place++) {
    const item = items[place] as number;
    if (lastWord[item] !== place >>> 5) {
      lastWord[item] = place >>> 5;
      next[item] = (next[item] as number) + 1;
    }
    const pair = (next[item] as number) - 1;
    words[pair] = place >>> 5;
    bits[pair] = (bits[pair] as number) | (1 << (place & 31));
  }
  return { starts, words, bits };
}

/** Adds a carry of 1 to the rows from a word on, up to `end`. Whether it goes on from there. */
function carryOn(rows: Int32Array, from: number, end: number): 0 | 1 {
  for (let word = from; word < end; word++) {
    const row = rows[word] as number;
    // Only where every bit is 1 it goes on, and leaves them so.
    if (row === -1) continue;
    rows[word] = (row + 1) | row;
    return 0;
  }
  return 1;
}

/**
 * How many items both lists have in the same order, with others between them or not. Items are numbers from 0 that are
 * equal where the items are; negative ones of the first list are in no other. Takes time in the product of the lengths
 * over 32, less where items repeat little: bound both.
 */
export function commonInOrder(first: Int32Array, second: Int32Array): number {
  const { starts, words, bits } = placesOf(second);
  const different = starts.length - 1;
  // A bit is 0 where the longest common subsequence up to that place of the second list is longer than up to the one
  // before it.
  const rows = new Int32Array(Math.ceil(second.length / 32)).fill(-1);
  for (const item of first) {
    if (item < 0 || item >= different) continue;
    let carry = 0;
    let after = 0;
    const end = starts[item + 1] as number;
    for (let pair = starts[item] as number; pair < end; pair++) {
      const word = words[pair] as number;
      if (carry === 1 && after < word) carry = carryOn(rows, after, word);
      const row = rows[word] as number;
      const mask = bits[pair] as number;
      const matched = row & mask;
      const sum = (row + matched + carry) | 0;
      carry = ((row & matched) | ((row | matched) & ~sum)) >>> 31;
      rows[word] = sum | (row & ~mask);
      after = word + 1;
    }
    if (carry === 1) carryOn(rows, after, rows.length);
  }
  let length = 0;
  for (let place = 0; place < second.length; place++) {
    if ((((rows[place >>> 5] as number) >>> (place & 31)) & 1) === 0) length += 1;
  }
  return length;
}
