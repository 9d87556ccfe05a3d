/** Buffers on a GPU: what they hold crosses into JavaScript only when it is read. */
import type { Tensor } from "onnxruntime-node";
import { PavlovError } from "@pavlov/core";
import type { Buffer, DType, TypedArray } from "../engine.js";
import { sizeOf } from "../memory-buffer.js";
import type { ElementType } from "../trace/onnx-writer.js";

/** Moves values between memory and a device; see transfer.ts. */
export interface Transfer {
  /** Values on the device, in a tensor of their own. */
  upload(data: TypedArray, shape: readonly number[], dtype: ElementType): Promise<Tensor>;
  /** Puts values in the place of those that a tensor on the device has. */
  overwrite(tensor: Tensor, data: TypedArray, dtype: ElementType): Promise<void>;
  /** A copy of a tensor's values in memory. */
  download(tensor: Tensor, dtype: DType): Promise<TypedArray>;
}

/** A buffer that is a tensor on a device. Using a disposed one is an error. */
export class DeviceBuffer implements Buffer {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data = null;
  #tensor: Tensor | null;
  readonly #transfer: Transfer;

  constructor(tensor: Tensor, dtype: DType, transfer: Transfer) {
    this.#tensor = tensor;
    this.shape = [...tensor.dims];
    this.dtype = dtype;
    this.#transfer = transfer;
  }

  /** The tensor itself, for a program's run. */
  get tensor(): Tensor {
    if (this.#tensor === null)
      throw new PavlovError(`a buffer of shape [${this.shape.join(", ")}] was used after dispose()`);
    return this.#tensor;
  }

  /** Takes another tensor of the same shape in the place of its own, which it frees. */
  adopt(tensor: Tensor): void {
    this.tensor.dispose();
    this.#tensor = tensor;
  }

  read(): Promise<TypedArray> {
    return this.#transfer.download(this.tensor, this.dtype);
  }

  write(data: TypedArray): Promise<void> {
    const size = sizeOf(this.shape);
    if (data.length !== size) {
      throw new PavlovError(`a buffer of shape [${this.shape.join(", ")}] takes ${size} values, not ${data.length}`);
    }
    return this.#transfer.overwrite(this.tensor, data, this.dtype);
  }

  dispose(): void {
    this.#tensor?.dispose();
    this.#tensor = null;
  }
}
