// Weights of 8 bits, one symmetric scale for each output channel: the largest weight of the channel becomes 127.
import type { Int8Weight } from "../engine/operators/int8-product.js";

/** Values of a channel's largest weight. */
const levels = 127;
const zeroPoint = 128;

/** Rows that are turned at once: their columns' bytes fill cache lines. */
const tile = 64;

/** A weight in 8 bits, and the inputs of it that were left out. */
export interface QuantisedWeight {
  readonly weight: Int8Weight;
  /** Weights of the inputs that stay in float32, [apart, outputs]. */
  readonly columns: Float32Array;
}

/**
 * Quantises a weight [outputs, inputs] and turns it to [inputs, outputs]. Values are unsigned around 128: on CPUs
 * without VNNI the products of unsigned and signed bytes saturate, those of unsigned ones are exact. The inputs `apart` become 0 and
 * come back in float32.
 */
export function quantiseWeight(
  data: Float32Array,
  [outputs, inputs]: readonly [number, number],
  apart: Int32Array = new Int32Array(0),
): QuantisedWeight {
  const kept = new Uint8Array(inputs).fill(1);
  for (const input of apart) kept[input] = 0;
  const columns = new Float32Array(apart.length * outputs);
  const values = new Uint8Array(inputs * outputs);
  const scales = new Float32Array(outputs);
  const inverses = new Float32Array(tile);
  for (let first = 0; first < outputs; first += tile) {
    const count = Math.min(tile, outputs - first);
    for (let row = 0; row < count; row++) {
      const begin = (first + row) * inputs;
      for (let place = 0; place < apart.length; place++) {
        const index = begin + (apart[place] as number);
        columns[place * outputs + first + row] = data[index] as number;
      }
      let largest = 0;
      for (let index = begin; index < begin + inputs; index++) {
        const size = Math.abs(data[index] as number);
        if (size > largest && kept[index - begin] === 1) largest = size;
      }
      scales[first + row] = largest / levels;
      inverses[row] = largest === 0 ? 0 : levels / largest;
    }
    for (let input = 0; input < inputs; input++) {
      const target = input * outputs + first;
      for (let row = 0; row < count; row++) {
        const scaled = (data[(first + row) * inputs + input] as number) * (inverses[row] as number);
        // Adding a half and cutting rounds, as the sum is positive.
        values[target + row] = (scaled + (zeroPoint + 0.5)) | 0;
      }
    }
  }
  for (const input of apart) values.fill(zeroPoint, input * outputs, (input + 1) * outputs);
  const zeroPoints = new Uint8Array(outputs).fill(zeroPoint);
  return { weight: { inputs, outputs, values, scales, zeroPoints }, columns };
}
