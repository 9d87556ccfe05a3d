/** What everything that works with an engine's buffers does with them. */
import type { Buffer, Buffers } from "./engine.js";

/** Frees all of them. */
export const disposeAll = (buffers: Buffers): void => {
  for (const buffer of Object.values(buffers)) buffer.dispose();
};

/**
 * The float32 values of a program's result or of a weight: the array itself where it is in memory, else a copy. Use it
 * before the buffer is disposed.
 * @param name what an error calls it; a program that lacks it is a mistake of this project.
 */
export const readFloats = async (buffer: Buffer | undefined, name: string): Promise<Float32Array> => {
  if (!buffer) throw new Error(`The program returned no ${name}.`);
  return (buffer.data ?? (await buffer.read())) as Float32Array;
};

/** The values themselves, writable in place, of a buffer that must lie in this thread's memory. */
export const floatsInMemory = (buffer: Buffer | undefined, name: string): Float32Array => {
  if (buffer?.data instanceof Float32Array) return buffer.data;
  throw new Error(`${name} must be float32 values in this thread's memory.`);
};

/** Adds `values` to `sum`, in place. */
export const addInPlace = (sum: Float32Array, values: Float32Array): void => {
  for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] as number) + (values[index] as number);
};
