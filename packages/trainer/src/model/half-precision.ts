// 16-bit floats to and from 32-bit ones: BF16 (the upper half of a float32) and IEEE F16.

/** Widens `source` into `target[offset …]`; exact. */
export function widenBfloat16(source: Uint16Array, target: Float32Array, offset: number): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset + offset * 4, source.length);
  for (let index = 0; index < source.length; index++) bits[index] = (source[index] as number) << 16;
}

/** Widens `source` into `target[offset …]`; exact. */
export function widenFloat16(source: Uint16Array, target: Float32Array, offset: number): void {
  for (let index = 0; index < source.length; index++) {
    const half = source[index] as number;
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    let magnitude: number;
    if (exponent === 0) magnitude = fraction * 2 ** -24;
    else if (exponent === 0x1f) magnitude = fraction === 0 ? Infinity : NaN;
    else magnitude = (1 + fraction / 1024) * 2 ** (exponent - 15);
    target[offset + index] = sign * magnitude;
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
 * long as `source`. Returns the largest magnitude of `source`.
 */
export function narrowToFloat16(source: Float32Array, target: Uint16Array): number {
  let largest = 0;
  for (let index = 0; index < source.length; index++) {
    const value = source[index] as number;
    const magnitude = Math.abs(value);
    if (magnitude > largest) largest = magnitude;
    const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
    target[index] = sign | halfOf(magnitude);
  }
  return largest;
}

/** The 15 lower bits of the nearest F16 of a number that is not negative. */
function halfOf(magnitude: number): number {
  if (Number.isNaN(magnitude)) return 0x7e00;
  if (magnitude >= 65_520) return 0x7c00;
  if (magnitude < 2 ** -14) return roundToEven(magnitude * 2 ** 24);
  const exponent = Math.floor(Math.log2(magnitude));
  // log2 may be off by one next to a power of two; a fraction of 1024 or −1 carries into the exponent by itself.
  return ((exponent + 15) << 10) + roundToEven((magnitude / 2 ** exponent - 1) * 1024);
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
