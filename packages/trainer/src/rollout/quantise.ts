// Weights of 8 bits, one symmetric scale for each block of inputs of each output: its largest weight becomes ±127.
import { blockInputs, blocksOf, type Int8Weight } from "../engine/operators/int8-product.js";
import { chunkBlocks, quantiseKernel, type QuantiseKernel } from "./quantise-kernel.js";

/** Room for a weight, to be filled by {@link quantiseInto}. */
export function emptyInt8Weight(outputs: number, inputs: number): Int8Weight {
  const blocks = outputs * blocksOf(inputs);
  return { inputs, outputs, values: new Uint8Array(blocks * blockInputs), scales: new Float32Array(blocks) };
}

/**
 * Quantises a weight [outputs, inputs], given in parts below one another, into `weight`; each input's column times its
 * factor, where there are `factors` [inputs].
 */
export function quantiseInto(weight: Int8Weight, parts: readonly Float32Array[], factors?: Float32Array): void {
  const { inputs } = weight;
  const perRow = blocksOf(inputs);
  const kernel = quantiseKernel();
  const columns = padded(factors ?? new Float32Array(inputs).fill(1), perRow * blockInputs);
  // Whole rows at a time where they fit, so that the factors stay where they are.
  const most = perRow <= chunkBlocks ? perRow * Math.floor(chunkBlocks / perRow) : chunkBlocks;
  if (perRow <= chunkBlocks)
    for (let at = 0; at < most * blockInputs; at += columns.length) kernel.factors.set(columns, at);
  let target = 0;
  for (const part of parts) {
    const blocks = (part.length / inputs) * perRow;
    for (let start = 0; start < blocks;) {
      const rest = perRow <= chunkBlocks ? blocks - start : perRow - (start % perRow);
      const count = Math.min(most, rest);
      if (perRow > chunkBlocks) {
        const from = (start % perRow) * blockInputs;
        kernel.factors.set(columns.subarray(from, from + count * blockInputs));
      }
      readBlocks(kernel.source, part, inputs, start, count);
      kernel.quantise(count);
      writeBlocks(weight, target + start, kernel, count);
      start += count;
    }
    target += blocks;
  }
}

function padded(values: Float32Array, length: number): Float32Array {
  if (values.length === length) return values;
  const longer = new Float32Array(length);
  longer.set(values);
  return longer;
}

function writeBlocks({ values, scales }: Int8Weight, first: number, kernel: QuantiseKernel, count: number): void {
  const all = count === chunkBlocks;
  values.set(all ? kernel.values : kernel.values.subarray(0, count * blockInputs), first * blockInputs);
  scales.set(all ? kernel.scales : kernel.scales.subarray(0, count), first);
}

function readBlocks(source: Float32Array, part: Float32Array, inputs: number, first: number, count: number): void {
  const perRow = blocksOf(inputs);
  if (perRow * blockInputs === inputs) {
    source.set(part.subarray(first * blockInputs, (first + count) * blockInputs));
    return;
  }
  // Rows whose last block is not full.
  for (let index = 0; index < count; index++) {
    const [row, place] = [Math.floor((first + index) / perRow), (first + index) % perRow];
    const from = row * inputs + place * blockInputs;
    const size = Math.min(blockInputs, inputs - place * blockInputs);
    source.fill(0, index * blockInputs + size, (index + 1) * blockInputs);
    source.set(part.subarray(from, from + size), index * blockInputs);
  }
}
