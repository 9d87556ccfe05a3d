// The loop of quantising as WebAssembly SIMD: each block of float32 values becomes bytes around 128 and one scale.
import { blockInputs, levels, zeroPoint } from "../engine/operators/int8-product.js";
import {
  advance,
  assembleModule,
  type Code,
  f32x4,
  get,
  lanes,
  repeatUntil,
  set,
  tee,
  valueType,
  type WasmFunction,
} from "../optimize/webassembly.js";

/** What TypeScript's libraries for Node lack. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  quantise(bytes: number, target: number, scaleTarget: number, levels: number, shift: number, tiny: number): void;
}

/** Blocks that one call takes at most: they stay in a usual second-level cache. */
export const chunkBlocks = 512;

/** See optimize/kernels.ts for the odd places. */
const sourceAt = 16;
const factorsAt = sourceAt + chunkBlocks * blockInputs * 4 + 320;
const valuesAt = factorsAt + chunkBlocks * blockInputs * 4 + 320;
const scalesAt = valuesAt + chunkBlocks * blockInputs + 320;
const pages = Math.ceil((scalesAt + chunkBlocks * 4 + 64) / 65_536);

/** Vectors of a block. */
const vectors = blockInputs / 4;

/** Every lane the largest of four. */
const spreadLargest = (local: number): Code =>
  [
    [2, 3, 0, 1],
    [1, 0, 3, 2],
  ].flatMap((order) => [
    ...[...get(local), ...get(local), ...get(local)],
    ...[...lanes.shuffle(order.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte))), ...f32x4.maximum],
    ...set(local),
  ]);

/**
 * Of products of value and factor: scale = largest size / levels; byte = cut(product * levels / largest size + shift),
 * where adding a half rounds.
 */
const quantiseFunction = (): WasmFunction => {
  const [end, target, scaleTarget, top, shift, tiny, counter] = [0, 1, 2, 3, 4, 5, 6];
  const [tops, shifts, tinies, largest, factor] = [7, 8, 9, 10, 11];
  const value = (index: number): number => 12 + index;
  const indices = Array.from({ length: vectors }, (_, index) => index);
  const load = (index: number): Code => [
    ...[...get(counter), ...f32x4.load(sourceAt + 16 * index), ...get(counter), ...f32x4.load(factorsAt + 16 * index)],
    ...[...f32x4.multiply, ...tee(value(index)), ...f32x4.absolute],
    ...(index === 0 ? [] : [...get(largest), ...f32x4.maximum]),
    ...set(largest),
  ];
  const whole = (index: number): Code => [
    ...[...get(value(index)), ...get(factor), ...f32x4.multiply, ...get(shifts), ...f32x4.add, ...f32x4.toUnsigned],
  ];
  const sixteen = (first: number): Code => [
    ...get(target),
    ...[...whole(first), ...whole(first + 1), ...lanes.narrowTo16],
    ...[...whole(first + 2), ...whole(first + 3), ...lanes.narrowTo16, ...lanes.narrowTo8],
    ...f32x4.store(valuesAt + 4 * first),
  ];
  const body: Code = [
    ...indices.flatMap(load),
    ...spreadLargest(largest),
    // Four lanes are stored and the next block writes over three of them.
    ...[...get(scaleTarget), ...get(largest), ...get(tops), ...f32x4.divide, ...f32x4.store(scalesAt)],
    ...[...get(tops), ...get(largest), ...get(tinies), ...f32x4.maximum, ...f32x4.divide, ...set(factor)],
    ...indices.filter((index) => index % 4 === 0).flatMap(sixteen),
    ...[...advance(target, blockInputs), ...advance(scaleTarget, 4)],
  ];
  const { i32, f32, v128 } = valueType;
  return {
    name: "quantise",
    parameters: [i32, i32, i32, f32, f32, f32],
    locals: [i32, v128, v128, v128, v128, v128, ...indices.map(() => v128)],
    body: [
      ...[...get(top), ...f32x4.splat, ...set(tops), ...get(shift), ...f32x4.splat, ...set(shifts)],
      ...[...get(tiny), ...f32x4.splat, ...set(tinies)],
      ...repeatUntil(counter, end, 4 * blockInputs, body),
    ],
  };
};

/** The kernel's memory and what it computes; see {@link quantiseKernel}. */
export interface QuantiseKernel {
  /** [chunkBlocks * 32] */
  readonly source: Float32Array;
  /** What each value is multiplied by before, [chunkBlocks * 32]. */
  readonly factors: Float32Array;
  /** [chunkBlocks * 32] */
  readonly values: Uint8Array;
  /** [chunkBlocks] */
  readonly scales: Float32Array;
  /** Quantises the first blocks of the source. */
  quantise(blocks: number): void;
}

let known: QuantiseKernel | undefined;

/** The kernel of this thread. */
export function quantiseKernel(): QuantiseKernel {
  if (known !== undefined) return known;
  const module = new WebAssembly.Module(assembleModule(pages, [quantiseFunction()]));
  const { memory, quantise } = new WebAssembly.Instance(module).exports as Exports;
  known = {
    source: new Float32Array(memory.buffer, sourceAt, chunkBlocks * blockInputs),
    factors: new Float32Array(memory.buffer, factorsAt, chunkBlocks * blockInputs),
    values: new Uint8Array(memory.buffer, valuesAt, chunkBlocks * blockInputs),
    scales: new Float32Array(memory.buffer, scalesAt, chunkBlocks),
    quantise: (blocks) => quantise(blocks * blockInputs * 4, 0, 0, levels, zeroPoint + 0.5, 1e-30),
  };
  return known;
}
