// Weights of 8 bits, one symmetric scale for each block of inputs of each output: its largest weight becomes ±127.
import { blockInputs, blocksOf, type Int8Weight } from "../engine/operators/int8-product.js";
import { chunkBlocks, quantiseKernel } from "./quantise-kernel.js";

/** Room for a weight, to be filled by {@link quantiseInto}. */
export function emptyInt8Weight(outputs: number, inputs: number): Int8Weight {
  const blocks = outputs * blocksOf(inputs);
  return { inputs, outputs, values: new Uint8Array(blocks * blockInputs), scales: new Float32Array(blocks) };
}

/** Quantises a weight [outputs, inputs], given in parts below one another, into `weight`. */
export function quantiseInto(weight: Int8Weight, parts: readonly Float32Array[]): void {
  const { inputs } = weight;
  const padded = blocksOf(inputs) * blockInputs;
  let block = 0;
  for (const part of parts) {
    const blocks = (part.length / inputs) * blocksOf(inputs);
    const read =
      padded === inputs
        ? (source: Float32Array, start: number, count: number) => copy(source, part, start * blockInputs, count)
        : (source: Float32Array, start: number, count: number) => copyPadded(source, part, inputs, start, count);
    for (let start = 0; start < blocks; start += chunkBlocks) {
      quantiseBlocks(weight, block + start, Math.min(chunkBlocks, blocks - start), (source, count) =>
        read(source, start, count),
      );
    }
    block += blocks;
  }
}

function quantiseBlocks(
  { values, scales }: Int8Weight,
  first: number,
  count: number,
  read: (source: Float32Array, count: number) => void,
): void {
  const kernel = quantiseKernel();
  read(kernel.source, count);
  kernel.quantise(count);
  const all = count === chunkBlocks;
  values.set(all ? kernel.values : kernel.values.subarray(0, count * blockInputs), first * blockInputs);
  scales.set(all ? kernel.scales : kernel.scales.subarray(0, count), first);
}

function copy(source: Float32Array, part: Float32Array, from: number, blocks: number): void {
  source.set(part.subarray(from, from + blocks * blockInputs));
}

/** Blocks of rows whose last block is not full. */
function copyPadded(source: Float32Array, part: Float32Array, inputs: number, first: number, count: number): void {
  const perRow = blocksOf(inputs);
  for (let index = 0; index < count; index++) {
    const [row, place] = [Math.floor((first + index) / perRow), (first + index) % perRow];
    const from = row * inputs + place * blockInputs;
    const size = Math.min(blockInputs, inputs - place * blockInputs);
    source.fill(0, index * blockInputs + size, (index + 1) * blockInputs);
    source.set(part.subarray(from, from + size), index * blockInputs);
  }
}
