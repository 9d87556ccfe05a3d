/** Tensors made of nothing: fills stay one number in the graph, ranges are computed where their end is a size. */
import type * as tf from "@tensorflow/tfjs";
import type { TensorInfo } from "@tensorflow/tfjs";
import { supportedDType } from "../backend.js";
import { type Kernel, kernel, type KernelTable } from "../kernel.js";

const like = (value: number): Kernel =>
  kernel<{ x: TensorInfo }, object>((recording, { x }) => recording.fill(value, x.shape, supportedDType(x.dtype)));

export const constants: KernelTable = {
  ZerosLike: like(0),
  OnesLike: like(1),
  Fill: kernel<object, tf.FillAttrs>((recording, _inputs, { shape, value, dtype }) => {
    if (typeof value === "string") return recording.refuse("it fills with text");
    return recording.fill(value, shape, supportedDType(dtype ?? "float32"));
  }),
  Range: kernel<object, tf.RangeAttrs>((recording, _inputs, { start, stop, step, dtype }) => {
    const { graph } = recording;
    const type = supportedDType(dtype ?? "float32");
    const size = Math.max(0, Math.ceil((stop - start) / step));
    if (graph.isSymbolic(stop) || graph.isSymbolic(start)) {
      const limits = [graph.sizeScalar(start, type), graph.sizeScalar(stop, type), graph.scalar(step, type)];
      return recording.produce(graph.emit("Range", limits), [size], type);
    }
    const values = Array.from({ length: size }, (_, position) => start + position * step);
    return recording.produce(graph.constant(values, [size], type), [size], type);
  }),
};
