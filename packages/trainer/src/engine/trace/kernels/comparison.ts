/** Comparisons, logic and selection; truth values are `bool` tensors. */
import type { TensorInfo } from "@tensorflow/tfjs";
import { supportedDType } from "../backend.js";
import { type Kernel, kernel, type KernelTable, type Recording } from "../kernel.js";
import { recordBinary } from "./arithmetic.js";
import { or } from "./substitutes.js";

type Binary = { a: TensorInfo; b: TensorInfo };

/** ONNX compares no truth values by order; as integers they are. */
function comparable(recording: Recording, x: TensorInfo): TensorInfo {
  if (x.dtype !== "bool") return x;
  return recording.produce(recording.graph.emit("Cast", [recording.value(x)], { to: 6 }), x.shape, "int32");
}

const compare = (operator: string): Kernel =>
  kernel<Binary, object>((recording, { a, b }) => {
    const operands = { a: comparable(recording, a), b: comparable(recording, b) };
    return recordBinary(recording, operands, ({ graph }, left, right) => graph.emit(operator, [left, right]), "bool");
  });

const logic = (emit: (recording: Recording, a: string, b: string) => string): Kernel =>
  kernel<Binary, object>((recording, inputs) => recordBinary(recording, inputs, emit, "bool"));

export const comparison: KernelTable = {
  Equal: compare("Equal"),
  NotEqual: kernel<Binary, object>((recording, { a, b }) => {
    const operands = { a: comparable(recording, a), b: comparable(recording, b) };
    const differ = (_: Recording, left: string, right: string) =>
      recording.graph.emit("Not", [recording.graph.emit("Equal", [left, right])]);
    return recordBinary(recording, operands, differ, "bool");
  }),
  Greater: compare("Greater"),
  GreaterEqual: compare("GreaterOrEqual"),
  Less: compare("Less"),
  LessEqual: compare("LessOrEqual"),
  LogicalAnd: logic(({ graph }, a, b) => graph.emit("And", [a, b])),
  LogicalOr: logic(({ graph }, a, b) => (graph.lacks("Or") ? or(graph, a, b) : graph.emit("Or", [a, b]))),
  LogicalNot: kernel<{ x: TensorInfo }, object>((recording, { x }) =>
    recording.produce(recording.graph.emit("Not", [recording.value(x)]), x.shape, "bool"),
  ),
  Select: kernel<{ condition: TensorInfo; t: TensorInfo; e: TensorInfo }, object>((recording, { condition, t, e }) => {
    const { graph } = recording;
    let mask = recording.value(condition);
    // A condition of rank 1 picks whole rows, as in TensorFlow.js.
    for (let rank = condition.shape.length; rank > 0 && rank < t.shape.length; rank += 1) {
      mask = graph.emit("Unsqueeze", [mask, graph.integers([-1])]);
    }
    const covered = condition.shape.length === t.shape.length || recording.uniform(t) === null;
    const chosen = graph.emit("Where", [
      mask,
      covered ? recording.operand(t) : recording.value(t),
      recording.operand(e),
    ]);
    return recording.produce(chosen, t.shape, supportedDType(t.dtype));
  }),
};
