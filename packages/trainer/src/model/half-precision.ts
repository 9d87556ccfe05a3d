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

/** Rounds to the nearest BF16, ties to even; NaN stays NaN. */
export function narrowToBfloat16(source: Float32Array): Uint16Array {
  const bits = new Uint32Array(source.buffer, source.byteOffset, source.length);
  const result = new Uint16Array(source.length);
  for (let index = 0; index < source.length; index++) {
    const value = bits[index] as number;
    const isNaN = (value & 0x7fff_ffff) > 0x7f80_0000;
    result[index] = isNaN ? (value >>> 16) | 0x40 : (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
  }
  return result;
}
