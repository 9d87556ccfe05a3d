// Weights of 8 bits, one symmetric scale for each output channel: the largest weight of the channel becomes 127.
import type { Int8Weight } from "../engine/operators/int8-product.js";
import { bandRows, blockWidth, quantiseKernel } from "./quantise-kernel.js";

/** Values of a channel's largest weight. */
const levels = 127;
const zeroPoint = 128;

/** A weight in 8 bits, and the inputs of it that were left out. */
export interface QuantisedWeight {
  readonly weight: Int8Weight;
  /** Weights of the inputs that stay in float32, [apart, outputs]. */
  readonly columns: Float32Array;
}

/**
 * Quantises a weight [outputs, inputs], given in parts below one another, and turns it to [inputs, outputs]. Values are
 * unsigned around 128: on CPUs without VNNI the products of unsigned and signed bytes saturate, those of unsigned ones
 * are exact. The inputs `apart` become 0 and come back in float32.
 */
export function quantiseWeight(
  parts: readonly Float32Array[],
  inputs: number,
  apart: Int32Array = new Int32Array(0),
): QuantisedWeight {
  const outputs = parts.reduce((sum, part) => sum + part.length, 0) / inputs;
  const columns = new Float32Array(apart.length * outputs);
  const values = new Uint8Array(inputs * outputs);
  const scales = new Float32Array(outputs);
  const { rows, largest, quantise, block } = quantiseKernel(inputs);
  const factors = new Float32Array(bandRows);
  const read = rowsOf(parts, inputs);
  for (let first = 0; first < outputs; first += bandRows) {
    const count = Math.min(bandRows, outputs - first);
    for (let row = 0; row < count; row++) rows[row]?.set(read());
    takeApart(rows, count, apart, columns, first, outputs);
    const sizes = largest();
    for (let row = 0; row < count; row++) {
      const size = sizes[row] as number;
      scales[first + row] = size / levels;
      factors[row] = size === 0 ? 0 : levels / size;
    }
    const start = first % blockWidth;
    quantise(factors, zeroPoint, start / bandRows);
    if (start + bandRows === blockWidth || first + count === outputs) {
      const width = start + count;
      for (let input = 0, target = first - start; input < inputs; input++, target += outputs) {
        values.set(block.subarray(input * blockWidth, input * blockWidth + width), target);
      }
    }
  }
  const zeroPoints = new Uint8Array(outputs).fill(zeroPoint);
  return { weight: { inputs, outputs, values, scales, zeroPoints }, columns };
}

/** Gives one row after another. */
function rowsOf(parts: readonly Float32Array[], inputs: number): () => Float32Array {
  let [index, offset] = [0, 0];
  return () => {
    if (offset === parts[index]?.length) [index, offset] = [index + 1, 0];
    const row = (parts[index] as Float32Array).subarray(offset, offset + inputs);
    offset += inputs;
    return row;
  };
}

/** Moves some inputs of the rows to their columns: as 0 they neither widen the steps nor count in products. */
function takeApart(
  rows: readonly Float32Array[],
  count: number,
  apart: Int32Array,
  columns: Float32Array,
  first: number,
  outputs: number,
): void {
  for (let row = 0; row < count; row++) {
    const values = rows[row] as Float32Array;
    for (let place = 0, target = first + row; place < apart.length; place++, target += outputs) {
      const input = apart[place] as number;
      columns[target] = values[input] as number;
      values[input] = 0;
    }
  }
}
