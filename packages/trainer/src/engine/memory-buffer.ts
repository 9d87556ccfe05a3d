/** Buffers in this thread's memory: typed arrays that know their shape. */
import { PavlovError } from "@pavlov/core";
import type { Buffer, Buffers, DType, TypedArray } from "./engine.js";

/** The dtype whose values a typed array holds; bytes are truth values. */
function dtypeOf(data: TypedArray): DType {
  if (data instanceof Float32Array) return "float32";
  return data instanceof Int32Array ? "int32" : "bool";
}

/** Values in the array of their dtype; the same array where it is one already. */
export function typedValues(values: ArrayLike<number>, dtype: DType): TypedArray {
  if (dtype === "float32") return values instanceof Float32Array ? values : Float32Array.from(values);
  if (dtype === "int32") return values instanceof Int32Array ? values : Int32Array.from(values);
  return values instanceof Uint8Array ? values : Uint8Array.from(values);
}

/**
 * Moves a program's results into buffers in memory that the caller gave for them, and leaves those out.
 *
 * @throws PavlovError where such a buffer lies on a device.
 */
export function moveResults(results: Record<string, Buffer>, into: Buffers): Record<string, Buffer> {
  for (const [name, target] of Object.entries(into)) {
    const result = results[name];
    if (result === undefined) continue;
    if (target.data === null)
      throw new PavlovError(`the result "${name}" cannot be written to another engine's device`);
    void target.write(result.data as TypedArray);
    result.dispose();
    delete results[name];
  }
  return results;
}

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** What Node 20 has behind a flag (see policy/start-process.ts) and TypeScript's libraries for it lack. */
interface Transferable {
  transfer?(byteLength: number): ArrayBuffer;
}

/**
 * Gives an array's memory back now instead of when the collector finds it: results of programs are gigabytes in a
 * training step, and memory that is used again is warm. Left to the collector where the runtime cannot.
 */
function freeMemory({ buffer, byteLength }: TypedArray): void {
  if (buffer.byteLength === byteLength) (buffer as Transferable).transfer?.(0);
}

/** A buffer that is a typed array. Reading a disposed one is an error. */
export class MemoryBuffer implements Buffer {
  readonly shape: readonly number[];
  readonly dtype: DType;
  #data: TypedArray | null;
  readonly #isSole: boolean;

  /** `isSole` says that nothing else holds `data`: disposing the buffer then frees its memory. */
  constructor(data: TypedArray, shape: readonly number[], dtype: DType = dtypeOf(data), isSole = false) {
    if (data.length !== sizeOf(shape)) {
      throw new PavlovError(
        `a buffer of shape [${shape.join(", ")}] needs ${sizeOf(shape)} values, not ${data.length}`,
      );
    }
    if (dtype !== dtypeOf(data)) throw new PavlovError(`a ${dtype} buffer cannot hold a ${data.constructor.name}`);
    this.#data = data;
    this.shape = [...shape];
    this.dtype = dtype;
    this.#isSole = isSole;
  }

  get data(): TypedArray {
    if (this.#data === null)
      throw new PavlovError(`a buffer of shape [${this.shape.join(", ")}] was used after dispose()`);
    return this.#data;
  }

  read(): Promise<TypedArray> {
    return Promise.resolve(this.data.slice());
  }

  write(data: TypedArray): Promise<void> {
    if (data.length !== this.data.length) {
      throw new PavlovError(
        `a buffer of shape [${this.shape.join(", ")}] takes ${this.data.length} values, not ${data.length}`,
      );
    }
    if (data !== this.data) this.data.set(data);
    return Promise.resolve();
  }

  dispose(): void {
    if (this.#isSole && this.#data !== null) freeMemory(this.#data);
    this.#data = null;
  }
}

/** The first elements of a buffer in memory under another shape; the two share their values. */
export function memoryView(buffer: Buffer, shape: readonly number[]): MemoryBuffer {
  const { data } = buffer;
  if (data === null)
    throw new PavlovError("a buffer on a device cannot be viewed by an engine that computes in memory");
  if (sizeOf(shape) > data.length) {
    throw new PavlovError(
      `a view of shape [${shape.join(", ")}] needs ${sizeOf(shape)} values; the buffer has ${data.length}`,
    );
  }
  return new MemoryBuffer(data.subarray(0, sizeOf(shape)), shape, buffer.dtype);
}
