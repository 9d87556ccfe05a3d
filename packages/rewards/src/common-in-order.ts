// The longest common subsequence of two lists, of which ROUGE-L and ordered lists are made: 32 places at a time, by the
// bit-vector algorithm of Hyyrö, 2004.

const BITS = 32;

/** Where each item occurs. */
function placesOf(items: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [place, item] of items.entries()) {
    const known = places.get(item);
    if (known) known.push(place);
    else places.set(item, [place]);
  }
  return places;
}

/**
 * How many items both lists have in the same order, with others between them or not. Takes time in the product of the
 * lengths over 32: bound both.
 */
export function commonInOrder(first: readonly string[], second: readonly string[]): number {
  const places = placesOf(second);
  const wordCount = Math.ceil(second.length / BITS);
  // A bit is 0 where the longest common subsequence up to that place of the second list is longer than up to the one
  // before it.
  const rows = new Uint32Array(wordCount).fill(0xff_ff_ff_ff);
  const matches = new Uint32Array(wordCount);
  for (const item of first) {
    const found = places.get(item);
    if (found === undefined) continue;
    matches.fill(0);
    for (const place of found) matches[place >>> 5] = (matches[place >>> 5] as number) | (1 << (place & 31));
    let carry = 0;
    for (let word = 0; word < wordCount; word++) {
      const row = rows[word] as number;
      const matched = row & (matches[word] as number);
      const sum = row + (matched >>> 0) + carry;
      carry = sum > 0xff_ff_ff_ff ? 1 : 0;
      rows[word] = sum | (row & ~matched);
    }
  }
  let length = 0;
  for (let place = 0; place < second.length; place++) {
    if ((((rows[place >>> 5] as number) >>> (place & 31)) & 1) === 0) length += 1;
  }
  return length;
}
