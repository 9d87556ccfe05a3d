/**
 * A program's constants on a device, in buffers that are inputs of each run. As parts of a session they would stay there
 * when it is closed, until the last session on the device is (ONNX Runtime 1.30).
 */
import type { Tensor } from "onnxruntime-node";
import type { TypedArray } from "../engine.js";
import type { OnnxTensor } from "../trace/onnx-writer.js";
import type { Transfer } from "./device-buffer.js";

export interface HeldConstants {
  /** Tensors by the names of the inputs, brought to the device where they are not there. */
  tensors(): Promise<Readonly<Record<string, Tensor>>>;
  /** Brings the values that their memory has now. */
  refresh(): Promise<void>;
  /** Gives back what lies on the device. */
  forget(): void;
}

/** The elements of a constant, in the memory that it was given in. */
function elementsOf({ type, bytes }: OnnxTensor): TypedArray {
  const { buffer, byteOffset, byteLength } = bytes;
  switch (type) {
    case "float32":
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    case "int32":
      return new Int32Array(buffer, byteOffset, byteLength / 4);
    default:
      return bytes;
  }
}

export function holdConstants(constants: readonly OnnxTensor[], transfer: Transfer): HeldConstants {
  let held = new Map<string, Tensor>();
  const forget = (): void => {
    for (const tensor of held.values()) tensor.dispose();
    held = new Map();
  };
  const tensors: HeldConstants["tensors"] = async () => {
    for (const constant of constants) {
      const { name, shape, type } = constant;
      if (!held.has(name)) held.set(name, await transfer.upload(elementsOf(constant), shape, type));
    }
    return Object.fromEntries(held);
  };
  return {
    tensors,
    async refresh() {
      for (const constant of constants) {
        const tensor = held.get(constant.name);
        if (tensor !== undefined) await transfer.overwrite(tensor, elementsOf(constant), constant.type);
      }
      await tensors();
    },
    forget,
  };
}
