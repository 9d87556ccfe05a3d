/**
 * Writes WebAssembly modules of a few SIMD functions: as much of the binary format as `kernels.ts` needs
 * (webassembly.github.io/spec/core/binary, with the 128-bit operations of its release 2.0).
 */

/** Encoded instructions: functions below return them and a body is their concatenation. */
export type Code = readonly number[];

/** Types of parameters, results and locals. */
export const valueType = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
export type ValueType = (typeof valueType)[keyof typeof valueType];

export interface WasmFunction {
  /** Under which it is exported. */
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly result?: ValueType;
  /** Variables, counted on from the parameters; zero at first. */
  readonly locals: readonly ValueType[];
  readonly body: Code;
}

/** LEB128, by which the format writes whole numbers. */
const unsigned = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
const signed = (value: number): number[] =>
  value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const sized = (bytes: Code): Code => [...unsigned(bytes.length), ...bytes];
const named = (name: string): Code => sized([...new TextEncoder().encode(name)]);

const simd = (operation: number, ...rest: number[]): Code => [0xfd, ...unsigned(operation), ...rest];
const atOffset = (offset: number): number[] => [0, ...unsigned(offset)];

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number): Code => [0x21, ...unsigned(local)];
/** Sets a local and leaves the value on the stack. */
export const tee = (local: number): Code => [0x22, ...unsigned(local)];

/** Adds a whole number to the i32 local. */
export const advance = (local: number, by: number): Code => [
  ...[...get(local), 0x41, ...signed(by), 0x6a],
  ...set(local),
];

/** Adds `bytes` to the i32 local `counter` and repeats the body while it is below the local `end`. */
export const repeatUntil = (counter: number, end: number, bytes: number, body: Code): Code => [
  ...[0x03, 0x40, ...body],
  ...[...get(counter), 0x41, ...signed(bytes), 0x6a, ...tee(counter)],
  ...[...get(end), 0x49, 0x0d, 0, 0x0b],
];

/** Four float32 values; addresses lie on the stack, `offset` bytes are added. */
export const f32x4 = {
  load: (offset: number): Code => simd(0, ...atOffset(offset)),
  store: (offset: number): Code => simd(11, ...atOffset(offset)),
  splat: simd(19),
  add: simd(0xe4),
  subtract: simd(0xe5),
  multiply: simd(0xe6),
  divide: simd(0xe7),
  squareRoot: simd(0xe3),
  absolute: simd(0xe0),
  maximum: simd(0xe9),
  /** To whole numbers, cutting; negative ones become 0. */
  toUnsigned: simd(0xf9),
} as const;

/** Lanes of whole numbers. */
export const lanes = {
  /** Two vectors of four 32-bit numbers to one of eight 16-bit ones. */
  narrowTo16: simd(0x86),
  /** Two vectors of eight 16-bit numbers to one of sixteen unsigned bytes. */
  narrowTo8: simd(0x66),
  /** Bytes of two vectors by their place, 0 to 31. */
  shuffle: (places: readonly number[]): Code => simd(0x0d, ...places),
} as const;

/** Two float64 values; loading takes two float32 values. */
export const f64x2 = {
  loadFloats: (offset: number): Code => [...simd(93, ...atOffset(offset)), ...simd(0x5f)],
  add: simd(0xf0),
  multiply: simd(0xf2),
  lane: (index: 0 | 1): Code => simd(33, index),
} as const;

export const f64Add: Code = [0xa0];

/** The bytes of a module that exports its functions and its memory, which has this many pages of 64 KiB. */
export const assembleModule = (pages: number, functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> => {
  const section = (id: number, items: readonly Code[]): Code => [id, ...sized(vector(items))];
  const types = functions.map(({ parameters, result }) => [
    0x60,
    ...sized(parameters),
    ...sized(result === undefined ? [] : [result]),
  ]);
  const exported = functions.map(({ name }, index) => [...named(name), 0, ...unsigned(index)]);
  const bodies = functions.map(({ locals, body }) =>
    sized([...vector(locals.map((type) => [1, type])), ...body, 0x0b]),
  );
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(
      3,
      functions.map((_function, index) => unsigned(index)),
    ),
    ...section(5, [[0, ...unsigned(pages)]]),
    ...section(7, [...exported, [...named("memory"), 2, 0]]),
    ...section(10, bodies),
  ]);
};
