/**
 * What a program on a device may see of one buffer. WebGPU binds at most `maxStorageBufferBindingSize` bytes at once,
 * which is 128 MiB or more; ONNX Runtime cuts larger buffers into bound parts for nearly all operators, but not for
 * `ScatterND`, so that buffers which may be larger are written to in other ways.
 */

import { sizeOf } from "./memory-buffer.js";

/** Bytes that every adapter binds at once (WebGPU, 3.6.2 Limits). */
export const guaranteedBinding = 2 ** 27;

/** Bytes of a float32 or int32 tensor of a shape. */
export const bytesOf = (shape: readonly number[]): number => 4 * sizeOf(shape);
