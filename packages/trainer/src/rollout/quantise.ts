// Weights of 8 bits, one symmetric scale for each output channel: the largest weight of the channel becomes 127.
import type { Int8Weight } from "../engine/operators/int8-product.js";

/** Values of a channel's largest weight. */
const levels = 127;
const zeroPoint = 128;

/** Rows that are turned at once: in small pieces, reading and writing stay within the nearest cache. */
const tile = 64;

/** Writes `count` rows of a block as columns of `values` [inputs, outputs], from column `first` on. */
function turn(
  block: Uint8Array,
  count: number,
  inputs: number,
  values: Uint8Array,
  outputs: number,
  first: number,
): void {
  for (let input = 0; input < inputs; input++) {
    const target = input * outputs + first;
    for (let row = 0, source = input; row < count; row++, source += inputs) {
      values[target + row] = block[source] as number;
    }
  }
}

/** A weight in 8 bits, and the inputs of it that were left out. */
export interface QuantisedWeight {
  readonly weight: Int8Weight;
  /** Weights of the inputs that stay in float32, [apart, outputs]. */
  readonly columns: Float32Array;
}

/**
 * Quantises a weight [outputs, inputs] and turns it to [inputs, outputs]. Values are unsigned around 128: on CPUs
 * without VNNI the products of unsigned and signed bytes saturate, those of unsigned ones are exact. The inputs `apart`
 * become 0 and come back in float32.
 */
export function quantiseWeight(
  data: Float32Array,
  [outputs, inputs]: readonly [number, number],
  apart: Int32Array = new Int32Array(0),
): QuantisedWeight {
  const columns = new Float32Array(apart.length * outputs);
  const values = new Uint8Array(inputs * outputs);
  const scales = new Float32Array(outputs);
  // Read in one piece: the inputs that stay apart are 0 here, so they neither widen the steps nor count in products.
  const row = new Float32Array(inputs);
  const block = new Uint8Array(tile * inputs);
  for (let output = 0; output < outputs; output++) {
    row.set(data.subarray(output * inputs, (output + 1) * inputs));
    for (let place = 0; place < apart.length; place++) {
      const input = apart[place] as number;
      columns[place * outputs + output] = row[input] as number;
      row[input] = 0;
    }
    let largest = 0;
    for (let input = 0; input < inputs; input++) {
      const size = Math.abs(row[input] as number);
      if (size > largest) largest = size;
    }
    scales[output] = largest / levels;
    const inverse = largest === 0 ? 0 : levels / largest;
    // Adding a half and cutting rounds, as the sum is positive.
    const begin = (output % tile) * inputs;
    for (let input = 0; input < inputs; input++) {
      block[begin + input] = ((row[input] as number) * inverse + (zeroPoint + 0.5)) | 0;
    }
    const count = (output % tile) + 1;
    if (count === tile || output === outputs - 1) turn(block, count, inputs, values, outputs, output + 1 - count);
  }
  const zeroPoints = new Uint8Array(outputs).fill(zeroPoint);
  return { weight: { inputs, outputs, values, scales, zeroPoints }, columns };
}
