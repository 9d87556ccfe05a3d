// Random numbers without state: a number is a pure function of where it is used, so neither the make-up of a batch nor
// a resumed run changes it. Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).

/**
 * A uniform number in [0, 1) with 23 random bits, for the token at `position` (counted from the completion's start) of
 * completion `row` in generation batch `step`.
 *
 * 23 bits, so that `u * total < total` holds in float32 for every positive `total`: u is at most 1 - 2^-23, total is
 * m * 2^e with 1 <= m < 2, hence the exact product lies m * 2^(e-23), at least one whole unit in the last place, below
 * total, and rounding cannot bring it back. A search for the first cumulative value above `u * total` always ends.
 */
export function uniform(seed: number, step: number, row: number, position: number): number {
  return (philox(seed, step, row, position)[0] >>> 9) / 2 ** 23;
}

/** Four independent 32-bit words (as signed integers) for a seed (a safe integer) and three counters (32 bits each). */
export function philox(seed: number, first: number, second: number, third: number): [number, number, number, number] {
  let keyLow = seed | 0;
  let keyHigh = Math.floor(seed / 2 ** 32) | 0;
  let a = third | 0;
  let b = second | 0;
  let c = first | 0;
  let d = 0;
  for (let round = 0; round < 10; round++) {
    const lowA = Math.imul(a, 0xd2511f53);
    const highA = multiplyHigh(a, 0xd2511f53);
    const lowC = Math.imul(c, 0xcd9e8d57);
    const highC = multiplyHigh(c, 0xcd9e8d57);
    a = highC ^ b ^ keyLow;
    b = lowC;
    c = highA ^ d ^ keyHigh;
    d = lowA;
    keyLow = (keyLow + 0x9e3779b9) | 0;
    keyHigh = (keyHigh + 0xbb67ae85) | 0;
  }
  return [a, b, c, d];
}

/** The upper 32 bits of an unsigned 32 by 32 bit product. */
function multiplyHigh(x: number, y: number): number {
  const xHigh = x >>> 16;
  const xLow = x & 0xffff;
  const yHigh = y >>> 16;
  const yLow = y & 0xffff;
  const middle = xHigh * yLow + ((xLow * yLow) >>> 16);
  const carry = xLow * yHigh + (middle % 0x10000);
  return (xHigh * yHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) | 0;
}
