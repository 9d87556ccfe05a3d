/** Looking rows up by id and adding rows up by id. */
import type * as tf from "@tensorflow/tfjs";
import type { TensorInfo } from "@tensorflow/tfjs";
import { supportedDType } from "../backend.js";
import { axisOf, kernel, type KernelTable, type Recording } from "../kernel.js";
import type { DType } from "../../engine.js";
import type { Graph } from "../graph.js";
import { reshape } from "./shape.js";

/** `[…, depth]`: true where the last axis's position is the id. */
function isId(recording: Recording, ids: TensorInfo, depth: number): string {
  const { graph } = recording;
  const column = graph.emit("Unsqueeze", [recording.value(ids), graph.integers([-1])]);
  const limit = graph.sizeScalar(depth, "int32");
  const positions = graph.isSymbolic(depth)
    ? graph.emit("Range", [graph.scalar(0, "int32"), limit, graph.scalar(1, "int32")])
    : graph.constant(
        Array.from({ length: depth }, (_, position) => position),
        [depth],
        "int32",
      );
  return graph.emit("Equal", [column, positions]);
}

const elementType = (dtype: DType) => ({ float32: 1, int32: 6, bool: 9 })[dtype];

/** Ids as ScatterND takes them: int64 [count, 1]. */
function placesOf(graph: Graph, ids: string): string {
  return graph.emit("Cast", [graph.emit("Unsqueeze", [ids, graph.integers([-1])])], { to: 7 });
}

function scatteredRows(recording: Recording, rows: TensorInfo, ids: TensorInfo, shape: readonly number[]): string {
  const { graph } = recording;
  const zeros = graph.emit("Expand", [graph.scalar(0, "float32"), graph.shapeVector(shape)]);
  const places = placesOf(graph, recording.value(ids));
  // Where looking for repeated ids costs their number squared, they are added, which needs no such look.
  const attributes: Record<string, string> = graph.lacks("ScatterND:none") ? { reduction: "add" } : {};
  return graph.emit("ScatterND", [zeros, places, recording.value(rows)], attributes);
}

/** The same, looked up: each of `size` rows has the place of its id in `ids`, or that of a row of zeros behind them. */
function lookedUpRows(recording: Recording, rows: TensorInfo, ids: TensorInfo, size: number): string {
  const { graph } = recording;
  const [count, ...rest] = rows.shape as [number, ...number[]];
  const none = graph.sizeScalar(count, "int32");
  const order = graph.emit("Range", [graph.scalar(0, "int32"), none, graph.scalar(1, "int32")]);
  const empty = graph.emit("Expand", [none, graph.shapeVector([size])]);
  const inputs = [empty, placesOf(graph, recording.value(ids)), graph.emit("Sub", [order, none])];
  const rowOf = graph.emit("ScatterND", inputs, { reduction: "add" });
  const zeros = graph.emit("Expand", [graph.scalar(0, "float32"), graph.shapeVector([1, ...rest])]);
  const withZeros = graph.emit("Concat", [recording.value(rows), zeros], { axis: 0 });
  return graph.emit("Gather", [withZeros, rowOf], { axis: 0 });
}

export const indexing: KernelTable = {
  OneHot: kernel<{ indices: TensorInfo }, tf.OneHotAttrs & { dtype?: tf.DataType }>(
    (recording, { indices }, { depth, onValue, offValue, dtype }) => {
      const { graph } = recording;
      const type = supportedDType(dtype ?? "float32");
      const hit = isId(recording, indices, depth);
      const plain = onValue === 1 && offValue === 0;
      const name = plain
        ? graph.emit("Cast", [hit], { to: elementType(type) })
        : graph.emit("Where", [hit, graph.scalar(onValue, type), graph.scalar(offValue, type)]);
      return recording.produce(name, [...indices.shape, depth], type);
    },
  ),
  GatherV2: kernel<{ x: TensorInfo; indices: TensorInfo }, tf.GatherV2Attrs>(
    (recording, { x, indices }, attributes) => {
      const axis = axisOf(attributes.axis, x.shape);
      const { batchDims } = attributes;
      const names = [recording.value(x), recording.value(indices)] as const;
      const shape = [...x.shape.slice(0, axis), ...indices.shape.slice(batchDims), ...x.shape.slice(axis + 1)];
      const dtype = supportedDType(x.dtype);
      if (batchDims === 0) return recording.produce(recording.graph.emit("Gather", names, { axis }), shape, dtype);
      if (axis !== batchDims) recording.refuse(`axis ${axis} differs from batchDims ${batchDims}`);
      const wide = recording.graph.emit("Unsqueeze", [names[1], recording.graph.integers([-1])]);
      const positions = recording.graph.emit("Cast", [wide], { to: 7 });
      const gathered = recording.graph.emit("GatherND", [names[0], positions], { batch_dims: batchDims });
      return recording.produce(gathered, shape, dtype);
    },
  ),
  // A product, not ScatterND with addition: that loses updates when ids repeat and there are several threads.
  UnsortedSegmentSum: kernel<{ x: TensorInfo; segmentIds: TensorInfo }, tf.UnsortedSegmentSumAttrs>(
    (recording, { x, segmentIds }, { numSegments }) => {
      const { graph } = recording;
      const [count, ...rest] = x.shape as [number, ...number[]];
      const width = rest.reduce((a, b) => a * b, 1);
      const rows = recording.value(reshape(recording, x, [count, width]));
      const hits = graph.emit("Cast", [isId(recording, segmentIds, numSegments)], { to: 1 });
      if (x.dtype !== "float32") recording.refuse(`it adds up ${x.dtype} rows`);
      const sums = graph.emit("Gemm", [hits, rows], { transA: 1, transB: 0 });
      return reshape(recording, recording.produce(sums, [numSegments, width], "float32"), [numSegments, ...rest]);
    },
  ),
  // Places are all different, so that nothing is lost where several threads add.
  AddAt: kernel<{ x: TensorInfo; indices: TensorInfo; updates: TensorInfo }, object>(
    (recording, { x, indices, updates }) => {
      const { graph } = recording;
      const places = graph.emit("Cast", [recording.value(indices)], { to: 7 });
      const inputs = [recording.value(x), places, recording.value(updates)];
      return recording.produce(graph.emit("ScatterND", inputs, { reduction: "add" }), x.shape, "float32");
    },
  ),
  // Rows [count, width] written to distinct rows of zeros [size, width]; nothing is added up, so nothing is lost.
  ScatterDistinctRows: kernel<{ rows: TensorInfo; ids: TensorInfo }, { size: number }>(
    (recording, { rows, ids }, { size }) => {
      const { graph } = recording;
      const shape = [size, ...rows.shape.slice(1)];
      const scattered = graph.scattersTo(shape)
        ? scatteredRows(recording, rows, ids, shape)
        : lookedUpRows(recording, rows, ids, size);
      return recording.produce(scattered, shape, "float32");
    },
  ),
};
