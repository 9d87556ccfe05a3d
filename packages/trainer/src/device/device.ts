/** What computes, by the names that users give. One line registers another. */

export const DEVICES = ["auto", "cpu", "webgpu", "cuda", "tfjs-node-gpu"] as const;

/**
 * `auto`: the GPU where it works and is faster than the CPU, else the CPU. `cpu`: ONNX Runtime, compiled. `webgpu`: ONNX
 * Runtime on a GPU of any maker. `cuda`: ONNX Runtime on NVIDIA's, whose inputs and outputs cross through memory.
 * `tfjs-node-gpu`: TensorFlow.js kernel by kernel on NVIDIA's, an optional package.
 */
export type Device = (typeof DEVICES)[number];

/** A device that `auto` did not take. */
export interface SkippedDevice {
  readonly device: Device;
  /** A sentence without its full stop. */
  readonly reason: string;
  /** True where the machine shows none at all. */
  readonly absent: boolean;
}
