/** Element-wise arithmetic of one or two tensors, with NumPy's broadcasting. */
import type * as tf from "@tensorflow/tfjs";
import type { TensorInfo } from "@tensorflow/tfjs";
import { supportedDType } from "../backend.js";
import { broadcastShape, type Kernel, kernel, type KernelTable, type Recording } from "../kernel.js";
import type { DType } from "../../engine.js";
import { absoluteInteger, modInteger, negateInteger, round, sign, sine } from "./substitutes.js";

type Unary = { x: TensorInfo };
type Binary = { a: TensorInfo; b: TensorInfo };
type Emit = (recording: Recording, a: string, b: string, dtype: DType) => string;

const sameShape = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

/**
 * Records an operator of two operands. One that is uniform stays a scalar, so the result is widened where that operand
 * alone had the full shape.
 */
export function recordBinary(recording: Recording, { a, b }: Binary, emit: Emit, dtype?: DType): TensorInfo {
  const shape = broadcastShape(a, b);
  const result = dtype ?? supportedDType(a.dtype);
  const widest = recording.uniform(a) === null ? a : b;
  const left = recording.uniform(a) === null ? recording.value(a) : recording.operand(a);
  const right =
    recording.uniform(a) !== null && recording.uniform(b) !== null ? recording.value(b) : recording.operand(b);
  const name = emit(recording, left, right, supportedDType(a.dtype));
  const covered = recording.uniform(a) !== null || recording.uniform(b) !== null ? widest.shape : shape;
  if (sameShape(covered, shape)) return recording.produce(name, shape, result);
  return recording.produce(recording.graph.emit("Expand", [name, recording.graph.shapeVector(shape)]), shape, result);
}

const binary = (emit: Emit): Kernel =>
  kernel<Binary, object>((recording, inputs) => recordBinary(recording, inputs, emit));

const operator =
  (name: string): Emit =>
  ({ graph }, a, b) =>
    graph.emit(name, [a, b]);

const unary = (emit: (recording: Recording, x: string, dtype: DType) => string): Kernel =>
  kernel<Unary, object>((recording, { x }) => {
    const dtype = supportedDType(x.dtype);
    return recording.produce(emit(recording, recording.value(x), dtype), x.shape, dtype);
  });

const plain = (name: string): Kernel => unary(({ graph }, x) => graph.emit(name, [x]));

const integerMod = (graph: Recording["graph"], a: string, b: string): string =>
  graph.lacks("Mod:int32") ? modInteger(graph, a, b) : graph.emit("Mod", [a, b]);

/** Floored division's remainder; the sign is the divisor's. */
const floorMod: Emit = ({ graph }, a, b, dtype) => {
  if (dtype === "int32") return integerMod(graph, a, b);
  const quotient = graph.emit("Floor", [graph.emit("Div", [a, b])]);
  return graph.emit("Sub", [a, graph.emit("Mul", [quotient, b])]);
};

const floorDivide: Emit = ({ graph }, a, b, dtype) => {
  if (dtype === "float32") return graph.emit("Cast", [graph.emit("Floor", [graph.emit("Div", [a, b])])], { to: 6 });
  return graph.emit("Div", [graph.emit("Sub", [a, integerMod(graph, a, b)]), b]);
};

export const arithmetic: KernelTable = {
  Add: kernel<Binary, object>((recording, inputs) => {
    const sum = recordBinary(recording, inputs, operator("Add"));
    const summands = [inputs.a, inputs.b];
    const isPlain = summands.every((x) => recording.uniform(x) === null && sameShape(x.shape, sum.shape));
    if (isPlain && sum.dtype === "float32") recording.graph.notePlainSum(recording.value(sum));
    return sum;
  }),
  Sub: binary(operator("Sub")),
  Multiply: binary(operator("Mul")),
  RealDiv: binary(operator("Div")),
  FloorDiv: kernel<Binary, object>((recording, inputs) => recordBinary(recording, inputs, floorDivide, "int32")),
  Mod: binary(floorMod),
  Pow: kernel<Binary, object>((recording, { a, b }) => {
    const { graph } = recording;
    const shape = broadcastShape(a, b);
    const isUniform = recording.uniform(a) !== null || recording.uniform(b) !== null;
    if (isUniform || !graph.lacks("Pow:broadcast")) return recordBinary(recording, { a, b }, operator("Pow"));
    const wide = (x: TensorInfo): string =>
      sameShape(x.shape, shape)
        ? recording.value(x)
        : graph.emit("Expand", [recording.value(x), graph.shapeVector(shape)]);
    return recording.produce(graph.emit("Pow", [wide(a), wide(b)]), shape, supportedDType(a.dtype));
  }),
  Maximum: binary(operator("Max")),
  Minimum: binary(operator("Min")),
  SquaredDifference: binary(({ graph }, a, b) => {
    const difference = graph.emit("Sub", [a, b]);
    return graph.emit("Mul", [difference, difference]);
  }),
  AddN: kernel<TensorInfo[], object>((recording, inputs) => {
    const [first, ...rest] = Object.values(inputs) as [TensorInfo, ...TensorInfo[]];
    const sum = rest.reduce(
      (total, x) => recording.graph.emit("Add", [total, recording.value(x)]),
      recording.value(first),
    );
    return rest.length === 0
      ? recording.share(first)
      : recording.produce(sum, first.shape, supportedDType(first.dtype));
  }),
  Neg: unary(({ graph }, x, dtype) =>
    dtype === "int32" && graph.lacks("Neg:int32") ? negateInteger(graph, x) : graph.emit("Neg", [x]),
  ),
  Abs: unary(({ graph }, x, dtype) =>
    dtype === "int32" && graph.lacks("Abs:int32") ? absoluteInteger(graph, x) : graph.emit("Abs", [x]),
  ),
  Square: unary(({ graph }, x) => graph.emit("Mul", [x, x])),
  Sqrt: plain("Sqrt"),
  Rsqrt: unary(({ graph }, x) => graph.emit("Reciprocal", [graph.emit("Sqrt", [x])])),
  Reciprocal: plain("Reciprocal"),
  Exp: plain("Exp"),
  Expm1: unary(({ graph }, x) => graph.emit("Sub", [graph.emit("Exp", [x]), graph.scalar(1, "float32")])),
  Log: plain("Log"),
  Log1p: unary(({ graph }, x) => graph.emit("Log", [graph.emit("Add", [x, graph.scalar(1, "float32")])])),
  Sin: unary(({ graph }, x) => (graph.lacks("Sin") ? sine(graph, x, 0) : graph.emit("Sin", [x]))),
  Cos: unary(({ graph }, x) => (graph.lacks("Cos") ? sine(graph, x, 1) : graph.emit("Cos", [x]))),
  Floor: plain("Floor"),
  Ceil: plain("Ceil"),
  Round: unary(({ graph }, x) => (graph.lacks("Round") ? round(graph, x) : graph.emit("Round", [x]))),
  Sign: unary(({ graph }, x, dtype) => (graph.lacks("Sign") ? sign(graph, x, dtype) : graph.emit("Sign", [x]))),
  Step: kernel<Unary, tf.StepAttrs>((recording, { x }, { alpha }) => {
    const { graph } = recording;
    const positive = graph.emit("Greater", [recording.value(x), graph.scalar(0, "float32")]);
    const step = graph.emit("Where", [positive, graph.scalar(1, "float32"), graph.scalar(alpha, "float32")]);
    return recording.produce(step, x.shape, "float32");
  }),
  ClipByValue: kernel<Unary, tf.ClipByValueAttrs>((recording, { x }, { clipValueMin, clipValueMax }) => {
    const dtype = supportedDType(x.dtype);
    const bounds = [recording.graph.scalar(clipValueMin, dtype), recording.graph.scalar(clipValueMax, dtype)];
    return recording.produce(recording.graph.emit("Clip", [recording.value(x), ...bounds]), x.shape, dtype);
  }),
};
