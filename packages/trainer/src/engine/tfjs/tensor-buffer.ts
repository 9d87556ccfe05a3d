/** Buffers that are tensors of a backend, where it computes: their values cross into JavaScript only when they are read. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { PavlovError } from "@pavlov/core";
import type { Buffer, DType, TypedArray } from "../engine.js";
import { typedValues } from "../memory-buffer.js";
import { supportedDType } from "../trace/backend.js";
import type { TrafficMeter } from "../traffic.js";
import { onBackend } from "./backend.js";

/** Where an engine's buffers lie. */
export interface TensorDevice {
  readonly backend: string;
  /** Those that were not disposed yet: a backend keeps a tensor until it is told. */
  readonly held: Set<TensorBuffer>;
  readonly meter: TrafficMeter;
}

/** A buffer that is a tensor. Using a disposed one is an error. */
export class TensorBuffer implements Buffer {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data = null;
  readonly #device: TensorDevice;
  #tensor: Tensor | null;

  /** `tensor` becomes the buffer's own: it must be kept, and disposed by nobody else. */
  constructor(device: TensorDevice, tensor: Tensor) {
    this.#device = device;
    device.held.add(this);
    this.#tensor = tensor;
    this.shape = [...tensor.shape];
    this.dtype = supportedDType(tensor.dtype);
  }

  /** A buffer with these values, whose array it owns from then on. */
  static of(device: TensorDevice, data: TypedArray, shape: readonly number[], dtype: DType): TensorBuffer {
    device.meter.sent(data.byteLength);
    return new TensorBuffer(device, tensorOf(device.backend, data, shape, dtype));
  }

  /** The tensor itself, for a program's run. */
  get tensor(): Tensor {
    if (this.#tensor === null)
      throw new PavlovError(`a buffer of shape [${this.shape.join(", ")}] was used after dispose()`);
    return this.#tensor;
  }

  /** Puts another tensor in the place of this one, which is disposed; `tensor` becomes the buffer's own. */
  put(tensor: Tensor): void {
    const before = this.tensor;
    this.#tensor = tensor;
    before.dispose();
  }

  async read(): Promise<TypedArray> {
    // A tensor that no kernel has read yet gives the very array that it was made of.
    const data = typedValues((await this.tensor.data()) as TypedArray, this.dtype).slice();
    this.#device.meter.fetched(data.byteLength);
    return data;
  }

  async write(data: TypedArray): Promise<void> {
    const { size } = this.tensor;
    if (data.length !== size) {
      throw new PavlovError(`a buffer of shape [${this.shape.join(", ")}] takes ${size} values, not ${data.length}`);
    }
    this.#device.meter.sent(data.byteLength);
    this.put(tensorOf(this.#device.backend, data.slice(), this.shape, this.dtype));
  }

  dispose(): void {
    this.#tensor?.dispose();
    this.#tensor = null;
    this.#device.held.delete(this);
  }
}

/** A tensor that outlives the scope in which it is made. */
const tensorOf = (backend: string, data: TypedArray, shape: readonly number[], dtype: DType): Tensor =>
  onBackend(backend, () => tf.keep(tf.tensor(data, [...shape], dtype)));
