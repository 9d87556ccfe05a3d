/** What moves elements and computes none: reshapes, transposes, joins, cuts and paddings. */
import * as tf from "@tensorflow/tfjs";
import type { TensorInfo } from "@tensorflow/tfjs";
import { supportedDType } from "../backend.js";
import { axisOf, axesOf, kernel, type KernelTable, type Recording } from "../kernel.js";
import { addSizes, type SizeExpression } from "../sizes.js";
import { endOfAxis } from "../graph.js";

type Unary = { x: TensorInfo };

const sameShape = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

/** The target of a Reshape from one shape to another where it needs nothing computed: 0 copies a size, -1 infers one. */
function plainTarget({ graph }: Recording, from: readonly number[], shape: readonly number[]): number[] | null {
  const unknown = shape.filter((size, axis) => graph.isSymbolic(size) && size !== from[axis]);
  const copies = shape.some((size, axis) => graph.isSymbolic(size) && size === from[axis]);
  // An inferred size beside a copied one could be ambiguous when that is 0.
  if (shape.includes(0) || unknown.length > 1 || (unknown.length === 1 && copies)) return null;
  return shape.map((size, axis) => (!graph.isSymbolic(size) ? size : size === from[axis] ? 0 : -1));
}

/**
 * Records a Reshape; one size that only a run knows is left to ONNX Runtime, equal ones are copied. What was reshaped
 * before is reshaped from what it was then, so that of several in a row the last alone is computed.
 */
export function reshape(recording: Recording, x: TensorInfo, shape: readonly number[]): TensorInfo {
  if (sameShape(x.shape, shape)) return recording.share(x);
  const { graph } = recording;
  const dtype = supportedDType(x.dtype);
  const own = { name: recording.value(x), shape: x.shape };
  const source = graph.sourceOf(own.name);
  if (source && sameShape(source.shape, shape)) return recording.produce(source.name, shape, dtype);
  for (const from of source ? [source, own] : [own]) {
    const target = plainTarget(recording, from.shape, shape);
    if (target === null) continue;
    const name = graph.emit("Reshape", [from.name, graph.integers(target)]);
    graph.rememberSource(name, from);
    return recording.produce(name, shape, dtype);
  }
  const name = graph.emit("Reshape", [own.name, graph.shapeVector(shape)], { allowzero: 1 });
  return recording.produce(name, shape, dtype);
}

function broadcastTo(recording: Recording, x: TensorInfo, shape: readonly number[]): TensorInfo {
  if (sameShape(x.shape, shape)) return recording.share(x);
  const { graph } = recording;
  const name = graph.emit("Expand", [recording.value(x), graph.shapeVector(shape)]);
  return recording.produce(name, shape, supportedDType(x.dtype));
}

/** Splits an axis; a single part is the tensor itself. */
function split(recording: Recording, x: TensorInfo, sizes: readonly number[], axis: number): TensorInfo[] {
  if (sizes.length === 1) return [recording.share(x)];
  const { graph } = recording;
  const parts = graph.emitMany("Split", [recording.value(x), graph.shapeVector(sizes)], sizes.length, { axis });
  return parts.map((part, index) =>
    recording.produce(part, x.shape.toSpliced(axis, 1, sizes[index] as number), supportedDType(x.dtype)),
  );
}

/** The size of a cut or joined axis, remembered so that later shapes are read rightly. */
function learnSum(recording: Recording, total: number, parts: readonly number[], sign: 1 | -1 = 1): void {
  const { sizes } = recording.graph;
  if (sizes.isStatic) return;
  const meanings: SizeExpression[] = parts.map((part) => sizes.read(part));
  sizes.learn(
    total,
    meanings.reduce((a, b) => addSizes(a, b, sign)),
  );
}

/** A slice along one axis as the part of a split. */
function cut(recording: Recording, x: TensorInfo, axis: number, start: number, count: number): TensorInfo {
  const whole = x.shape[axis] as number;
  const sizes = [start, count, whole - start - count].filter((size) => size > 0);
  return split(recording, x, sizes, axis)[start > 0 ? 1 : 0] as TensorInfo;
}

export const shapes: KernelTable = {
  Identity: kernel<Unary, object>((recording, { x }) => recording.share(x)),
  Cast: kernel<Unary, tf.CastAttrs>((recording, { x }, { dtype }) => {
    if (dtype === x.dtype) return recording.share(x);
    const target = supportedDType(dtype);
    const to = { float32: 1, int32: 6, bool: 9 }[target];
    return recording.produce(recording.graph.emit("Cast", [recording.value(x)], { to }), x.shape, target);
  }),
  Reshape: kernel<Unary, tf.ReshapeAttrs>((recording, { x }, attributes) =>
    reshape(recording, x, tf.util.inferFromImplicitShape(attributes.shape, tf.util.sizeFromShape(x.shape))),
  ),
  ExpandDims: kernel<{ input: TensorInfo }, tf.ExpandDimsAttrs>((recording, { input }, { dim }) => {
    const axis = dim < 0 ? input.shape.length + dim + 1 : dim;
    const name = recording.graph.emit("Unsqueeze", [recording.value(input), recording.graph.integers([axis])]);
    return recording.produce(name, input.shape.toSpliced(axis, 0, 1), supportedDType(input.dtype));
  }),
  Transpose: kernel<Unary, tf.TransposeAttrs>((recording, { x }, { perm }) => {
    if (perm.every((from, to) => from === to)) return recording.share(x);
    const name = recording.graph.emit("Transpose", [recording.value(x)], { perm });
    const shape = perm.map((from) => x.shape[from] as number);
    return recording.produce(name, shape, supportedDType(x.dtype));
  }),
  BroadcastTo: kernel<Unary, { shape: number[] }>((recording, { x }, { shape }) => broadcastTo(recording, x, shape)),
  Tile: kernel<Unary, tf.TileAttrs>((recording, { x }, { reps }) => {
    const shape = x.shape.map((size, axis) => size * (reps[axis] as number));
    if (x.shape.every((size, axis) => size === 1 || reps[axis] === 1)) return broadcastTo(recording, x, shape);
    const name = recording.graph.emit("Tile", [recording.value(x), recording.graph.shapeVector(reps)]);
    return recording.produce(name, shape, supportedDType(x.dtype));
  }),
  Concat: kernel<TensorInfo[], tf.ConcatAttrs>((recording, inputs, attributes) => {
    const parts = Object.values(inputs);
    const first = parts[0] as TensorInfo;
    const axis = axisOf(attributes.axis, first.shape);
    const sizes = parts.map((part) => part.shape[axis] as number);
    const total = sizes.reduce((a, b) => a + b);
    learnSum(recording, total, sizes);
    if (parts.length === 1) return recording.share(first);
    const names = parts.map((part) => recording.value(part));
    const shape = first.shape.toSpliced(axis, 1, total);
    return recording.produce(recording.graph.emit("Concat", names, { axis }), shape, supportedDType(first.dtype));
  }),
  Pack: kernel<TensorInfo[], tf.PackAttrs>((recording, inputs, { axis }) => {
    const parts = Object.values(inputs);
    const first = parts[0] as TensorInfo;
    const at = axis < 0 ? first.shape.length + axis + 1 : axis;
    const axes = recording.graph.integers([at]);
    const names = parts.map((part) => recording.graph.emit("Unsqueeze", [recording.value(part), axes]));
    const shape = first.shape.toSpliced(at, 0, parts.length);
    return recording.produce(recording.graph.emit("Concat", names, { axis: at }), shape, supportedDType(first.dtype));
  }),
  Unpack: kernel<{ value: TensorInfo }, tf.UnpackAttrs>((recording, { value }, attributes) => {
    const axis = axisOf(attributes.axis, value.shape);
    const count = value.shape[axis] as number;
    if (recording.graph.isSymbolic(count)) recording.refuse("the number of parts depends on a symbolic size");
    const shape = value.shape.toSpliced(axis, 1);
    return split(recording, value, Array<number>(count).fill(1), axis).map((part) => reshape(recording, part, shape));
  }),
  SplitV: kernel<Unary, tf.SplitVAttrs>((recording, { x }, { numOrSizeSplits, axis }) => {
    const along = axisOf(axis, x.shape);
    const whole = { shape: x.shape } as unknown as tf.Tensor;
    return split(recording, x, tf.backend_util.prepareSplitSize(whole, numOrSizeSplits, along), along);
  }),
  Slice: kernel<Unary, tf.SliceAttrs>((recording, { x }, { begin, size }) => {
    const [starts, sizes] = tf.slice_util.parseSliceParams(x, begin, size) as [number[], number[]];
    tf.slice_util.assertParamsValid(x, starts, sizes);
    const axes = x.shape.flatMap((whole, axis) => (sizes[axis] === whole ? [] : [axis]));
    if (axes.length === 0) return recording.share(x);
    const { graph } = recording;
    const ends = axes.map((axis) => {
      const whole = x.shape[axis] as number;
      const [start, count] = [starts[axis] as number, sizes[axis] as number];
      learnSum(recording, whole - start, [whole, start], -1);
      learnSum(recording, start + count, [start, count]);
      return start + count === whole ? endOfAxis : start + count;
    });
    if (x.dtype !== "float32" && graph.lacks("Slice:int32")) {
      return axes.reduce((part, axis) => cut(recording, part, axis, starts[axis] as number, sizes[axis] as number), x);
    }
    const from = axes.map((axis) => starts[axis] as number);
    const inputs = [recording.value(x), graph.shapeVector(from), graph.shapeVector(ends), graph.integers(axes)];
    return recording.produce(graph.emit("Slice", inputs), sizes, supportedDType(x.dtype));
  }),
  PadV2: kernel<Unary, tf.PadV2Attrs>((recording, { x }, { paddings, constantValue }) => {
    if (paddings.every(([before, after]) => before === 0 && after === 0)) return recording.share(x);
    const { graph } = recording;
    const dtype = supportedDType(x.dtype);
    const shape = x.shape.map((size, axis) => {
      const [before, after] = paddings[axis] as [number, number];
      learnSum(recording, size + before + after, [size, before, after]);
      return size + before + after;
    });
    const amounts = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)];
    const inputs = [recording.value(x), graph.shapeVector(amounts), graph.scalar(constantValue, dtype)];
    return recording.produce(graph.emit("Pad", inputs), shape, dtype);
  }),
  Reverse: kernel<Unary, tf.ReverseAttrs>((recording, { x }, { dims }) => {
    const axes = axesOf(dims, x.shape);
    if (axes.length === 0) return recording.share(x);
    const { graph } = recording;
    const all = (value: number) => graph.integers(axes.map(() => value));
    const inputs = [recording.value(x), all(-1), all(-endOfAxis), graph.integers(axes), all(-1)];
    return recording.produce(graph.emit("Slice", inputs), x.shape, supportedDType(x.dtype));
  }),
};
