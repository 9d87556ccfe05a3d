// The loops of quantising as WebAssembly SIMD: sixteen rows of a weight become sixteen bytes of each of its columns.
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
  type ValueType,
  type WasmFunction,
} from "../optimize/webassembly.js";

/** What TypeScript's libraries for Node lack. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

/** Rows that one call of the kernel takes. */
export const bandRows = 16;

/** Bands that are written beside one another, so that long pieces of a column are copied at once. */
const blockBands = 16;
export const blockWidth: number = bandRows * blockBands;

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  largest(bytes: number): void;
  quantise(bytes: number, target: number, shift: number): void;
}

const indices = Array.from({ length: bandRows }, (_, index) => index);

/** Where things lie for weights of at most `inputs` inputs; see optimize/kernels.ts for the odd distances. */
const layoutOf = (inputs: number) => {
  const rowBytes = 16 * Math.ceil(inputs / 4);
  const stride = rowBytes + 64;
  const factorsAt = 16;
  const largestAt = factorsAt + 16 * bandRows + 64;
  const rowsAt = largestAt + 16 * bandRows + 64;
  const blockAt = rowsAt + bandRows * stride + 64;
  return { rowBytes, stride, factorsAt, largestAt, rowsAt, blockAt, bytes: blockAt + (rowBytes / 4) * blockWidth };
};

type Layout = ReturnType<typeof layoutOf>;

const vectors = (count: number): ValueType[] => Array<ValueType>(count).fill(valueType.v128);

/** The largest sizes of each row, in four lanes. */
const largestFunction = ({ stride, rowsAt, largestAt }: Layout): WasmFunction => {
  const [end, counter, zero] = [0, 1, 2];
  const local = (row: number): number => 3 + row;
  const body = indices.flatMap((row) => [
    ...[...get(counter), ...f32x4.load(rowsAt + row * stride), ...f32x4.absolute],
    ...[...get(local(row)), ...f32x4.maximum, ...set(local(row))],
  ]);
  const store = (row: number): Code => [...get(zero), ...get(local(row)), ...f32x4.store(largestAt + 16 * row)];
  return {
    name: "largest",
    parameters: [valueType.i32],
    locals: [valueType.i32, valueType.i32, ...vectors(bandRows)],
    body: [...repeatUntil(counter, end, 16, body), ...indices.flatMap(store)],
  };
};

/** Bytes of four rows of four columns, to those of four columns of four rows. */
const byColumn = [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15];

/** Places of four-byte words. */
const words = (...places: readonly number[]): number[] =>
  places.flatMap((place) => [0, 1, 2, 3].map((byte) => 4 * place + byte));

/**
 * value * factor + shift, cut, of sixteen rows and four columns at a time; each column's sixteen bytes are stored from
 * `target` on, a block's width apart.
 */
const quantiseFunction = ({ stride, rowsAt, factorsAt }: Layout): WasmFunction => {
  const [end, target, shift, counter, zero, shifts] = [0, 1, 2, 3, 4, 5];
  const group = (index: number): number => 6 + index;
  const pair = (index: number): number => 10 + index;
  const row = (index: number): Code => [
    ...[...get(counter), ...f32x4.load(rowsAt + index * stride), ...get(zero), ...f32x4.load(factorsAt + 16 * index)],
    ...[...f32x4.multiply, ...get(shifts), ...f32x4.add, ...f32x4.toUnsigned],
  ];
  const fourRows = (index: number): Code => [
    ...[...row(4 * index), ...row(4 * index + 1), ...lanes.narrowTo16],
    ...[...row(4 * index + 2), ...row(4 * index + 3), ...lanes.narrowTo16, ...lanes.narrowTo8],
    ...[...tee(group(index)), ...get(group(index)), ...lanes.shuffle(byColumn), ...set(group(index))],
  ];
  const joined = (first: number, second: number, places: readonly number[]): Code => [
    ...get(first),
    ...get(second),
    ...lanes.shuffle(places),
  ];
  const [columns01, columns23] = [words(0, 4, 1, 5), words(2, 6, 3, 7)];
  const [front, back] = [words(0, 1, 4, 5), words(2, 3, 6, 7)];
  const pairs = [columns01, columns23].flatMap((places, index) =>
    [0, 1].flatMap((half) => [...joined(group(2 * half), group(2 * half + 1), places), ...set(pair(2 * index + half))]),
  );
  const column = (index: number): Code => {
    const first = index < 2 ? 0 : 2;
    const bytes = joined(pair(first), pair(first + 1), index % 2 === 0 ? front : back);
    return [...get(target), ...bytes, ...f32x4.store(index * blockWidth)];
  };
  const body: Code = [...indices.slice(0, 4).flatMap(fourRows), ...pairs, ...indices.slice(0, 4).flatMap(column)];
  return {
    name: "quantise",
    parameters: [valueType.i32, valueType.i32, valueType.f32],
    locals: [valueType.i32, valueType.i32, ...vectors(9)],
    body: [
      ...[...get(shift), ...f32x4.splat, ...set(shifts)],
      ...repeatUntil(counter, end, 16, [...body, ...advance(target, 4 * blockWidth)]),
    ],
  };
};

/** The kernel's memory and what it computes; see {@link quantiseKernel}. */
export interface QuantiseKernel {
  /** Sixteen rows; values behind the inputs stay 0. */
  readonly rows: readonly Float32Array[];
  /** The largest size in each of the rows; the next call writes into the same array. */
  largest(): Float32Array;
  /** Writes round(value * factor + zeroPoint) of the rows as the band's columns of the block. */
  quantise(factors: Float32Array, zeroPoint: number, band: number): void;
  /** Bytes of an input's column, [inputs, bandRows * blockBands]. */
  readonly block: Uint8Array;
}

/** By the number of inputs: a model has two or three of them, and a kernel takes less than a kilobyte for each. */
const kernels = new Map<number, QuantiseKernel>();

/** The kernel of this thread for weights of so many inputs. */
export function quantiseKernel(inputs: number): QuantiseKernel {
  const known = kernels.get(inputs);
  if (known !== undefined) return known;
  const layout = layoutOf(inputs);
  const pages = Math.ceil(layout.bytes / 65_536);
  const module = new WebAssembly.Module(assembleModule(pages, [largestFunction(layout), quantiseFunction(layout)]));
  const { memory, largest, quantise } = new WebAssembly.Instance(module).exports as Exports;
  const floats = (at: number, count: number) => new Float32Array(memory.buffer, at, count);
  const [factorLanes, largestLanes] = [floats(layout.factorsAt, 64), floats(layout.largestAt, 64)];
  const sizes = new Float32Array(bandRows);
  const kernel: QuantiseKernel = {
    rows: indices.map((row) => floats(layout.rowsAt + row * layout.stride, inputs)),
    largest() {
      largest(layout.rowBytes);
      for (let row = 0, lane = 0; row < bandRows; row++) {
        let size = 0;
        for (const end = lane + 4; lane < end; lane++) size = Math.max(size, largestLanes[lane] as number);
        sizes[row] = size;
      }
      return sizes;
    },
    quantise(factors, zeroPoint, band) {
      for (const row of indices) factorLanes.fill(factors[row] as number, 4 * row, 4 * row + 4);
      // Adding a half and cutting rounds, as the sum is positive.
      quantise(layout.rowBytes, layout.blockAt + band * bandRows, zeroPoint + 0.5);
    },
    block: new Uint8Array(memory.buffer, layout.blockAt, inputs * blockWidth),
  };
  kernels.set(inputs, kernel);
  return kernel;
}
