// 16-bit floats to and from 32-bit ones: BF16 (the upper half of a float32) and IEEE F16.

/** Widens `source` into `target[offset …]`; exact. */
export function widenBfloat16(source: Uint16Array, target: Float32Array, offset: number): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset + offset * 4, source.length);
  for (let index = 0; index < source.length; index++) bits[index] = (source[index] as number) << 16;
}

/** Widens `source` into `target[offset …]`; exact. */
export function widenFloat16(source: Uint16Array, target: Float32Array, offset: number): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset + offset * 4, source.length);
  for (let index = 0; index < source.length; index++) {
    const half = source[index] as number;
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    // Subnormal halves are normal float32 numbers: the sign of the product is that of zero too.
    if (exponent === 0) target[offset + index] = (sign === 0 ? 2 ** -24 : -(2 ** -24)) * fraction;
    else bits[index] = sign | ((exponent === 0x1f ? 0xff : exponent + 112) << 23) | (fraction << 13);
  }
}

/** Rounds to the nearest BF16, ties to even; NaN stays NaN. `target` is at least as long as `source`. */
export function narrowToBfloat16(source: Float32Array, target: Uint16Array): void {
  const bits = new Uint32Array(source.buffer, source.byteOffset, source.length);
  for (let index = 0; index < source.length; index++) {
    const value = bits[index] as number;
    const isNaN = (value & 0x7fff_ffff) > 0x7f80_0000;
    target[index] = isNaN ? (value >>> 16) | 0x40 : (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
  }
}

/**
 * Rounds to the nearest F16, ties to even; what is too large becomes infinite, NaN stays NaN. `target` is at least as
 * long as `source`. Returns the index of the first number that is not finite afterwards, −1 for none.
 */
export function narrowToFloat16(source: Float32Array, target: Uint16Array): number {
  const bits = new Uint32Array(source.buffer, source.byteOffset, source.length);
  let infinite = -1;
  for (let index = 0; index < source.length; index++) {
    const value = bits[index] as number;
    const half = halfOf(value & 0x7fff_ffff);
    if (half >= 0x7c00 && infinite < 0) infinite = index;
    target[index] = ((value >>> 16) & 0x8000) | half;
  }
  return infinite;
}

/** The nearest F16 of a float32 without its sign, both as bits. */
function halfOf(bits: number): number {
  if (bits > 0x7f80_0000) return 0x7e00;
  const exponent = (bits >>> 23) - 112;
  if (exponent >= 31) return 0x7c00;
  if (exponent > 0) return roundBits((exponent << 23) | (bits & 0x7f_ffff), 13);
  return exponent < -10 ? 0 : roundBits((bits & 0x7f_ffff) | 0x80_0000, 14 - exponent);
}

/** Drops the lower bits, to the nearest, ties to even; a carry goes into the exponent, as it should. */
function roundBits(bits: number, dropped: number): number {
  const kept = bits >>> dropped;
  const rest = bits & ((1 << dropped) - 1);
  const half = 1 << (dropped - 1);
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
}
