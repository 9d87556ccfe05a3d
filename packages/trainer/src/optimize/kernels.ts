/**
 * The loops of the optimizer over float32 arrays as WebAssembly SIMD. Arrays of JavaScript are copied through a small
 * memory, chunk by chunk, so that they may lie anywhere and be of any size; a chunk stays in the processor's cache.
 */
import {
  assembleModule,
  f32x4,
  f64Add,
  f64x2,
  get,
  repeatUntil,
  set,
  tee,
  valueType,
  type Code,
  type ValueType,
  type WasmFunction,
} from "./webassembly.js";

/** What TypeScript's libraries for Node lack. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  adamW(bytes: number, ...scalars: readonly number[]): void;
  squares(bytes: number): number;
}

/** Values of a chunk: four arrays of them take a quarter of a usual second-level cache. */
const CHUNK = 8192;

/**
 * Where the chunks begin. Large arrays of JavaScript begin 16 bytes after a multiple of 64, and copying between
 * addresses that differ so is several times slower on some processors (`rep movsb` on an AVX2 CPU: 0.3 instead of 0.05 s
 * for 0.5 GB). The distances keep chunks off one another's cache sets.
 */
const startOf = (chunk: number): number => 16 + chunk * (CHUNK * 4 + 320);

const [parameterAt, gradientAt, meanAt, meanSquareAt] = [startOf(0), startOf(1), startOf(2), startOf(3)];
const PAGES = Math.ceil(startOf(4) / 65_536);

/** Scalars of one AdamW step, in the order in which the kernel takes them. */
const ADAMW_SCALARS = ["scale", "rest1", "beta2", "rest2", "shrink", "stepSize", "inverseRoot", "epsilon"] as const;
export type AdamWScalars = Readonly<Record<(typeof ADAMW_SCALARS)[number], number>>;

/** Four elements at a time in float32; see `adamw.ts` for the formula. Parameter 0 is the chunk's size in bytes. */
const adamWFunction = (): WasmFunction => {
  const count = ADAMW_SCALARS.length;
  const counter = 1 + count;
  const vectors = counter + 1;
  const scalar = (name: (typeof ADAMW_SCALARS)[number]): Code => get(vectors + ADAMW_SCALARS.indexOf(name));
  const [slope, mean, meanSquare, value] = [0, 1, 2, 3].map((index) => vectors + count + index) as [
    number,
    number,
    number,
    number,
  ];
  const load = (address: number): Code => [...get(counter), ...f32x4.load(address)];
  const store = (address: number, local: number): Code => [...get(counter), ...get(local), ...f32x4.store(address)];
  const { add, subtract, multiply, divide, squareRoot } = f32x4;
  const body: Code = [
    // slope = gradient * scale
    ...[...load(gradientAt), ...scalar("scale"), ...multiply, ...set(slope)],
    // mean += (slope - mean) * rest1
    ...[...load(meanAt), ...tee(mean), ...get(slope), ...get(mean), ...subtract],
    ...[...scalar("rest1"), ...multiply, ...add, ...set(mean), ...store(meanAt, mean)],
    // meanSquare = meanSquare * beta2 + slope * slope * rest2
    ...[...load(meanSquareAt), ...scalar("beta2"), ...multiply],
    ...[...get(slope), ...get(slope), ...multiply, ...scalar("rest2"), ...multiply, ...add],
    ...[...set(meanSquare), ...store(meanSquareAt, meanSquare)],
    // parameter -= parameter * shrink + mean * stepSize / (sqrt(meanSquare) * inverseRoot + epsilon)
    ...[...load(parameterAt), ...tee(value), ...get(value), ...scalar("shrink"), ...multiply],
    ...[...get(mean), ...scalar("stepSize"), ...multiply],
    ...[...get(meanSquare), ...squareRoot, ...scalar("inverseRoot"), ...multiply, ...scalar("epsilon"), ...add],
    ...[...divide, ...add, ...subtract, ...set(value), ...store(parameterAt, value)],
  ];
  return {
    name: "adamW",
    parameters: [valueType.i32, ...ADAMW_SCALARS.map(() => valueType.f32)],
    locals: [valueType.i32, ...ADAMW_SCALARS.map(() => valueType.v128), ...Array<ValueType>(4).fill(valueType.v128)],
    body: [
      ...ADAMW_SCALARS.flatMap((_name, index) => [...get(1 + index), ...f32x4.splat, ...set(vectors + index)]),
      ...repeatUntil(counter, 0, 16, body),
    ],
  };
};

/** Sum of squares in float64 of the first chunk, 32 bytes at a time. Parameter 0 is its size in bytes. */
const squaresFunction = (): WasmFunction => {
  const [end, counter, values] = [0, 1, 2];
  const sums = [3, 4, 5, 6];
  const square = (sum: number, index: number): Code => [
    ...[...get(counter), ...f64x2.loadFloats(parameterAt + 8 * index), ...tee(values)],
    ...[...get(values), ...f64x2.multiply, ...get(sum), ...f64x2.add, ...set(sum)],
  ];
  return {
    name: "squares",
    parameters: [valueType.i32],
    result: valueType.f64,
    locals: [valueType.i32, ...Array<ValueType>(5).fill(valueType.v128)],
    body: [
      ...repeatUntil(counter, end, 32, sums.flatMap(square)),
      ...sums.flatMap((sum, index) => [...get(sum), ...(index === 0 ? [] : f64x2.add)]),
      ...[...tee(values), ...f64x2.lane(0), ...get(values), ...f64x2.lane(1), ...f64Add],
    ],
  };
};

/** The instance of this thread and its chunks: parameter, gradient, mean, mean square. */
interface Kernels {
  readonly exports: Exports;
  readonly chunks: readonly [Float32Array, Float32Array, Float32Array, Float32Array];
}

let instance: Kernels | undefined;

const kernels = (): Kernels => {
  if (instance) return instance;
  const module = new WebAssembly.Module(assembleModule(PAGES, [adamWFunction(), squaresFunction()]));
  const exports = new WebAssembly.Instance(module).exports as Exports;
  const chunk = (start: number): Float32Array => new Float32Array(exports.memory.buffer, start, CHUNK);
  instance = { exports, chunks: [chunk(parameterAt), chunk(gradientAt), chunk(meanAt), chunk(meanSquareAt)] };
  return instance;
};

/** Copies `values` from `start` on into a chunk; all of them where they fit. */
const fill = (chunk: Float32Array, values: Float32Array, start: number): void =>
  chunk.set(values.length <= CHUNK ? values : values.subarray(start, start + CHUNK));

/** Copies a chunk back. What lies behind the last value is left out. */
const drain = (chunk: Float32Array, values: Float32Array, start: number): void => {
  const left = values.length - start;
  values.set(left < CHUNK ? chunk.subarray(0, left) : chunk, start);
};

/** The AdamW step of `adamw.ts` on arrays of one length. A gradient of null is one of zeros. */
export const adamW = (
  [parameter, gradient, mean, meanSquare]: readonly [Float32Array, Float32Array | null, Float32Array, Float32Array],
  scalars: AdamWScalars,
): void => {
  const { exports, chunks } = kernels();
  const given = ADAMW_SCALARS.map((name) => scalars[name]);
  if (!gradient) chunks[1].fill(0);
  for (let start = 0; start < parameter.length; start += CHUNK) {
    fill(chunks[0], parameter, start);
    if (gradient) fill(chunks[1], gradient, start);
    fill(chunks[2], mean, start);
    fill(chunks[3], meanSquare, start);
    // Lanes behind the last value compute with what an earlier chunk left there; nothing reads them.
    exports.adamW(4 * Math.min(CHUNK, parameter.length - start), ...given);
    drain(chunks[0], parameter, start);
    drain(chunks[2], mean, start);
    drain(chunks[3], meanSquare, start);
  }
};

/** Sum of the squares of all values, added in float64, in an order that depends on the length alone. */
export const sumOfSquares = (values: Float32Array): number => {
  const { exports, chunks } = kernels();
  let sum = 0;
  for (let start = 0; start < values.length; start += CHUNK) {
    const size = Math.min(CHUNK, values.length - start);
    fill(chunks[0], values, start);
    if (size < CHUNK) chunks[0].fill(0, size, size + 8);
    sum += exports.squares(4 * size);
  }
  return sum;
};
