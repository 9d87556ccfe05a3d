/** Reductions over axes, positions of extremes, running sums and the largest elements. */
import type * as tf from "@tensorflow/tfjs";
import type { TensorInfo } from "@tensorflow/tfjs";
import { supportedDType } from "../backend.js";
import { axesOf, axisOf, type Kernel, kernel, type KernelTable, type Recording } from "../kernel.js";
import type { DType } from "../../engine.js";
import { largest, position as composedPosition } from "./substitutes.js";

type Unary = { x: TensorInfo };
interface ReductionAttributes {
  readonly axis?: number | number[];
  /** What TensorFlow.js calls the axes of Max. */
  readonly reductionIndices?: number | number[];
  readonly keepDims?: boolean;
}

function reduce(recording: Recording, x: TensorInfo, attributes: ReductionAttributes, operator: string): TensorInfo {
  const dtype = supportedDType(x.dtype);
  const axes = axesOf(attributes.reductionIndices ?? attributes.axis, x.shape);
  if (axes.length === 0) return recording.share(x);
  const kept = attributes.keepDims === true;
  const shape = kept
    ? x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : x.shape.filter((_, axis) => !axes.includes(axis));
  const inputs = [recording.value(x), recording.graph.integers(axes)];
  return recording.produce(recording.graph.emit(operator, inputs, { keepdims: kept ? 1 : 0 }), shape, dtype);
}

function castTo(recording: Recording, x: TensorInfo, dtype: DType): TensorInfo {
  if (x.dtype === dtype) return x;
  const to = { float32: 1, int32: 6, bool: 9 }[dtype];
  return recording.produce(recording.graph.emit("Cast", [recording.value(x)], { to }), x.shape, dtype);
}

const reduction = (operator: string): Kernel =>
  kernel<Unary, ReductionAttributes>((recording, { x }, attributes) => reduce(recording, x, attributes, operator));

/** Whether any, or all, are true: the maximum, or minimum, of them as integers. */
const truth = (operator: string): Kernel =>
  kernel<Unary, ReductionAttributes>((recording, { x }, attributes) =>
    castTo(recording, reduce(recording, castTo(recording, x, "int32"), attributes, operator), "bool"),
  );

const position = (operator: "ArgMax" | "ArgMin"): Kernel =>
  kernel<Unary, { axis: number }>((recording, { x }, { axis }) => {
    const { graph } = recording;
    const along = axisOf(axis, x.shape);
    const shape = x.shape.filter((_, other) => other !== along);
    if (graph.lacks(operator)) {
      const extreme = operator === "ArgMax" ? "ReduceMax" : "ReduceMin";
      return recording.produce(composedPosition(graph, recording.value(x), x.shape, along, extreme), shape, "int32");
    }
    const found = graph.emit(operator, [recording.value(x)], { axis: along, keepdims: 0 });
    return recording.produce(graph.emit("Cast", [found], { to: 6 }), shape, "int32");
  });

export const reductions: KernelTable = {
  Sum: reduction("ReduceSum"),
  Mean: kernel<Unary, ReductionAttributes>((recording, { x }, attributes) =>
    reduce(recording, castTo(recording, x, "float32"), attributes, "ReduceMean"),
  ),
  Max: reduction("ReduceMax"),
  Min: reduction("ReduceMin"),
  Prod: reduction("ReduceProd"),
  All: truth("ReduceMin"),
  Any: truth("ReduceMax"),
  ArgMax: position("ArgMax"),
  ArgMin: position("ArgMin"),
  Cumsum: kernel<Unary, tf.CumsumAttrs>((recording, { x }, { axis, exclusive, reverse }) => {
    const along = recording.graph.constant([axisOf(axis, x.shape)], [], "int64");
    const attributes = { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 };
    const sums = recording.graph.emit("CumSum", [recording.value(x), along], attributes);
    return recording.produce(sums, x.shape, supportedDType(x.dtype));
  }),
  TopK: kernel<Unary, tf.TopKAttrs>((recording, { x }, { k, sorted }) => {
    const { graph } = recording;
    const attributes = { axis: -1, largest: 1, sorted: sorted ? 1 : 0 };
    const shape = [...x.shape.slice(0, -1), k];
    if (graph.lacks("TopK")) {
      const [top, places] = largest(graph, recording.value(x), x.shape, k);
      return [recording.produce(top, shape, "float32"), recording.produce(places, shape, "int32")];
    }
    const [values, positions] = graph.emitMany("TopK", [recording.value(x), graph.integers([k])], 2, attributes);
    return [
      recording.produce(values as string, shape, supportedDType(x.dtype)),
      recording.produce(graph.emit("Cast", [positions as string], { to: 6 }), shape, "int32"),
    ];
  }),
};
