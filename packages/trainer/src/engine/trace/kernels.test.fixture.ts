/** Cases for every recording kernel: random inputs and a small program over them. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { DType } from "../engine.js";

export interface KernelInput {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Values are drawn from [low, high). */
  readonly low: number;
  readonly high: number;
}

export interface KernelCase {
  readonly inputs: readonly KernelInput[];
  readonly program: (...inputs: Tensor[]) => Tensor | Tensor[];
  /** Why TensorFlow.js has no gradient to compare with. */
  readonly withoutGradient?: string;
}

const float = (...shape: number[]): KernelInput => ({ shape, dtype: "float32", low: -2, high: 2 });
const positive = (...shape: number[]): KernelInput => ({ shape, dtype: "float32", low: 0.3, high: 2 });
const whole = (...shape: number[]): KernelInput => ({ shape, dtype: "int32", low: -4, high: 5 });
const natural = (...shape: number[]): KernelInput => ({ shape, dtype: "int32", low: 1, high: 5 });
const truth = (...shape: number[]): KernelInput => ({ shape, dtype: "bool", low: 0, high: 2 });
const ids = (count: number, ...shape: number[]): KernelInput => ({ shape, dtype: "int32", low: 0, high: count });

const of = (inputs: readonly KernelInput[], program: KernelCase["program"], withoutGradient?: string): KernelCase => ({
  inputs,
  program,
  ...(withoutGradient === undefined ? {} : { withoutGradient }),
});

const { fill } = tf;

type Unary = (x: Tensor) => Tensor;
type Binary = (a: Tensor, b: Tensor) => Tensor;

const unary = (program: Unary, input = float): KernelCase[] => [
  of([input(7)], program),
  of([input(2, 3, 5)], program),
  of([input()], program),
];

const binary = (program: Binary, a = float, b = a): KernelCase[] => [
  of([a(3, 4), b(3, 4)], program),
  of([a(2, 3, 4), b(4)], program),
  of([a(3, 1), b(2, 1, 4)], program),
  of([a(), b(2, 3)], program),
  of([a(2, 3)], (x) => program(x, tf.scalar(1.5))),
  of([a(3)], (x) => program(x, fill([2, 3], 1.25))),
  of([b(1, 3)], (x) => program(fill([2, 1], 0.75), x)),
];

/** TensorFlow.js forgets to add these gradients up over broadcast axes. */
const binaryOfEqualShapes = (program: Binary): KernelCase[] =>
  binary(program).map((one, index) =>
    index === 0 || index === 4 ? one : { ...one, withoutGradient: "TensorFlow.js gives it in the wrong shape" },
  );

const compare = (program: Binary): KernelCase[] => [
  of([whole(3, 4), whole(4)], program),
  of([whole(2, 1, 3), whole(5, 1)], program),
  of([float(6), float(6)], program),
  of([truth(8), truth(8)], program),
  of([whole(2, 3)], (x) => program(x, tf.scalar(1, "int32"))),
];

const logic = (program: Binary): KernelCase[] => [
  of([truth(9), truth(9)], program),
  of([truth(2, 3), truth(3)], program),
];

const reduction = (program: (x: Tensor, axis?: number | number[], keepDims?: boolean) => Tensor, input = float) => [
  of([input(3, 4, 5)], (x) => program(x)),
  of([input(3, 4, 5)], (x) => program(x, 1)),
  of([input(3, 4, 5)], (x) => program(x, -1, true)),
  of([input(3, 4, 5)], (x) => program(x, [0, 2], true)),
  of([input(3, 4, 5)], (x) => program(x, [-3, -1])),
  of([input()], (x) => program(x)),
];

const product = (a: readonly number[], b: readonly number[], transposeA = false, transposeB = false): KernelCase =>
  of([float(...a), float(...b)], (x, y) => tf.matMul(x, y, transposeA, transposeB));

/** By kernel; each case must reach that kernel in its forward or backward pass. */
export const kernelCases: Readonly<Record<string, readonly KernelCase[]>> = {
  Add: [...binary(tf.add), of([whole(4), whole(3, 1)], tf.add), of([float(3)], (x) => tf.add(x, tf.zerosLike(x)))],
  Sub: [...binary(tf.sub), of([whole(4), whole(3, 1)], tf.sub)],
  Multiply: [...binary(tf.mul), of([whole(4), whole(3, 1)], tf.mul), of([float(3)], (x) => x.mul(tf.onesLike(x)))],
  RealDiv: binary(tf.div, float, positive),
  FloorDiv: [
    of([whole(20), natural(20)], tf.floorDiv, "the gradient of integers"),
    of([whole(20), natural(20)], (a, b) => tf.floorDiv(a, b.neg())),
    of([float(3, 4), positive(4)], tf.floorDiv, "TensorFlow.js gives that of division"),
  ],
  Mod: [...binary(tf.mod, float, positive), of([whole(20), natural(20)], (a, b) => tf.mod(a, b.neg()))],
  Pow: [...binary(tf.pow, positive, float), of([positive(5)], (x) => tf.pow(x, tf.scalar(3)))],
  Maximum: [...binaryOfEqualShapes(tf.maximum), of([whole(4), whole(3, 1)], tf.maximum)],
  Minimum: [...binaryOfEqualShapes(tf.minimum), of([whole(4), whole(3, 1)], tf.minimum)],
  SquaredDifference: binaryOfEqualShapes(tf.squaredDifference),
  AddN: [of([float(2, 3), float(2, 3), float(2, 3)], (...xs) => tf.addN(xs)), of([float(2)], (x) => tf.addN([x]))],
  Neg: [...unary(tf.neg), of([whole(5)], tf.neg)],
  Abs: [...unary(tf.abs), of([whole(5)], tf.abs)],
  Square: unary(tf.square),
  Sqrt: unary(tf.sqrt, positive),
  Rsqrt: unary(tf.rsqrt, positive),
  Reciprocal: unary(tf.reciprocal, positive),
  Exp: unary(tf.exp),
  Expm1: unary(tf.expm1),
  Log: unary(tf.log, positive),
  Log1p: unary(tf.log1p, positive),
  Sin: unary(tf.sin),
  Cos: unary(tf.cos),
  Floor: unary(tf.floor),
  Ceil: unary(tf.ceil),
  Round: unary(tf.round),
  Sign: unary(tf.sign),
  Step: unary((x) => tf.step(x, 0.25)),
  ClipByValue: unary((x) => tf.clipByValue(x, -0.5, 1.25)),
  Sigmoid: unary(tf.sigmoid),
  Tanh: unary(tf.tanh),
  Relu: unary(tf.relu),
  Softplus: unary(tf.softplus),
  Erf: unary(tf.erf),
  LeakyRelu: unary((x) => tf.leakyRelu(x, 0.1)),
  Softmax: [of([float(3, 7)], (x) => tf.softmax(x)), of([float(2, 3, 4, 5)], (x) => tf.softmax(x, 3))],
  Equal: compare(tf.equal),
  NotEqual: compare(tf.notEqual),
  Greater: compare(tf.greater),
  GreaterEqual: compare(tf.greaterEqual),
  Less: compare(tf.less),
  LessEqual: compare(tf.lessEqual),
  LogicalAnd: logic(tf.logicalAnd),
  LogicalOr: logic(tf.logicalOr),
  LogicalNot: [of([truth(2, 5)], (x) => tf.logicalNot(x))],
  Select: [
    of([truth(3, 4), float(3, 4), float(3, 4)], tf.where),
    of([truth(3, 4), float(3, 4)], (condition, x) => tf.where(condition, x, fill([3, 4], -7))),
    of([truth(3), float(3)], (condition, x) => tf.where(condition, tf.zerosLike(x), x)),
    of([truth(3)], (condition) => tf.where(condition, tf.ones([3]), tf.zeros([3]))),
    of([truth(6), whole(6), whole(6)], tf.where),
  ],
  Sum: [...reduction(tf.sum), of([whole(3, 4)], (x) => tf.sum(x, 0)), of([truth(3, 4)], (x) => tf.sum(x, 1))],
  Mean: [...reduction(tf.mean), of([whole(3, 4)], (x) => tf.mean(x, 0))],
  Max: [...reduction(tf.max), of([whole(3, 4)], (x) => tf.max(x, 0))],
  Min: [...reduction(tf.min), of([whole(3, 4)], (x) => tf.min(x, 0))],
  Prod: reduction(tf.prod, positive).map((one) => ({ ...one, withoutGradient: "needs Cumprod, which ONNX lacks" })),
  All: [of([truth(4, 3)], (x) => tf.all(x, 1)), of([truth(2)], (x) => tf.all(x))],
  Any: [of([truth(4, 3)], (x) => tf.any(x, 0, true)), of([truth(2)], (x) => tf.any(x))],
  ArgMax: [of([float(4, 5)], (x) => tf.argMax(x, -1)), of([whole(2, 5, 3)], (x) => tf.argMax(x, 1))],
  ArgMin: [of([float(4, 5)], (x) => tf.argMin(x, -1)), of([whole(2, 5, 3)], (x) => tf.argMin(x, 0))],
  Cumsum: [
    of([float(3, 5)], (x) => tf.cumsum(x, 1)),
    of([float(3, 5)], (x) => tf.cumsum(x, 1, true)),
    of([float(3, 5)], (x) => tf.cumsum(x, 1, true, true)),
    of(
      [float(3, 5, 2)],
      (x) => tf.cumsum(x, 0, false, true),
      "in TensorFlow.js of the wrong shape but for the last axis",
    ),
    of([whole(3, 5)], (x) => tf.cumsum(x, 1, true, true)),
  ],
  TopK: [
    of(
      [float(3, 8)],
      (x) => {
        const { values, indices } = tf.topk(x, 3);
        return [values, indices];
      },
      "TensorFlow.js has none",
    ),
  ],
  Identity: [of([float(3)], (x) => tf.clone(x).add(x))],
  Cast: [
    of([float(9)], (x) => x.cast("int32")),
    of([float(9)], (x) => tf.step(x).cast("bool").cast("float32").mul(x)),
    of([whole(9)], (x) => x.cast("bool")),
    of([whole(9)], (x) => x.cast("float32")),
    of([truth(9)], (x) => x.cast("int32")),
  ],
  Reshape: [
    of([float(2, 6)], (x) => x.reshape([3, 4])),
    of([float(2, 6)], (x) => x.reshape([-1])),
    of([float()], (x) => x.reshape([1, 1])),
    of([float(1)], (x) => x.reshape([])),
  ],
  ExpandDims: [of([float(2, 3)], (x) => tf.expandDims(x, 1)), of([float(2, 3)], (x) => tf.expandDims(x, -1))],
  Transpose: [
    of([float(2, 3)], (x) => tf.transpose(x)),
    of([float(2, 3, 4, 5)], (x) => tf.transpose(x, [0, 2, 1, 3])),
    of([float(2, 3, 4)], (x) => tf.transpose(x, [2, 0, 1])),
    of([whole(2, 3)], (x) => tf.transpose(x, [0, 1])),
  ],
  BroadcastTo: [of([float(3, 4)], (x) => x.sum(1).mul(2))],
  Tile: [
    of([float(2, 3)], (x) => tf.tile(x, [2, 3])),
    of([float(1, 3)], (x) => tf.tile(x, [4, 1])),
    of([float(1, 3)], (x) => tf.broadcastTo(x, [4, 3])),
    of([float(3)], (x) => tf.broadcastTo(x, [2, 3])),
  ],
  Concat: [
    of([float(2, 3), float(2, 2)], (a, b) => tf.concat([a, b], 1)),
    of([float(2, 3), float(1, 3), float(4, 3)], (...xs) => tf.concat(xs, 0)),
    of([float(2, 3, 1), float(2, 3, 2)], (a, b) => tf.concat([a, b], -1)),
    of([float(2, 2)], (a) => tf.concat([a, tf.zeros([2, 3])], 1)),
  ],
  Pack: [
    of([float(2, 3), float(2, 3)], (a, b) => tf.stack([a, b], 1)),
    of([float(2, 3), float(2, 3)], (a, b) => tf.stack([a, b], -1)),
    of([float(3)], (a) => tf.stack([a])),
  ],
  Unpack: [
    of([float(3, 2)], (x) => tf.unstack(x)),
    of([float(3, 2, 4)], (x) => tf.unstack(x, -2)),
    of([float(1, 2)], (x) => tf.unstack(x), "fails in TensorFlow.js for a single part"),
  ],
  SplitV: [
    of([float(2, 6)], (x) => tf.split(x, 2, -1)),
    of([float(5, 2)], (x) => tf.split(x, [1, 4], 0)),
    of([float(5, 2)], (x) => tf.split(x, [1, -1, 2], 0)),
    of([float(5, 2)], (x) => tf.split(x, 1, 0), "fails in TensorFlow.js for a single part"),
  ],
  Slice: [
    of([float(5, 6)], (x) => tf.slice(x, [1, 2], [3, -1])),
    of([float(5, 6)], (x) => tf.slice(x, [2], [2])),
    of([float(2, 3, 4)], (x) => tf.slice(x, [0, 1, 0], [2, 1, 4])),
    of([float(4)], (x) => tf.slice(x, [0], [4]).mul(x)),
  ],
  PadV2: [
    of([float(2, 3)], (x) =>
      tf.pad(x, [
        [1, 0],
        [2, 1],
      ]),
    ),
    of([float(3)], (x) => tf.pad(x, [[0, 2]], -1.5)),
    of([float(3)], (x) => tf.pad(x, [[0, 0]])),
  ],
  Reverse: [
    of([float(2, 5)], (x) => tf.reverse(x, 1)),
    of([float(2, 5)], (x) => tf.reverse(x)),
    of([float(2, 5, 3)], (x) => tf.reverse(x, [0, -1])),
  ],
  BatchMatMul: [
    ...[false, true].flatMap((a) =>
      [false, true].flatMap((b) => [
        product(a ? [4, 3] : [3, 4], b ? [5, 4] : [4, 5], a, b),
        product(a ? [2, 3, 4, 3] : [2, 3, 3, 4], b ? [2, 3, 5, 4] : [2, 3, 4, 5], a, b),
        product(a ? [1, 4, 3] : [1, 3, 4], b ? [1, 5, 4] : [1, 4, 5], a, b),
      ]),
    ),
    product([4, 7], [4, 2], true, false),
    product([4, 17], [4, 2], true, false),
    { ...product([2, 3, 4], [1, 4, 5]), withoutGradient: "TensorFlow.js does not add up over a broadcast batch" },
  ],
  OneHot: [
    of([ids(5, 4)], (x) => tf.oneHot(x, 5)),
    of([ids(9, 2, 3)], (x) => tf.oneHot(x, 5, 2, -1)),
    of([ids(5, 4)], (x) => tf.oneHot(x, 5, 1, 0, "int32")),
  ],
  GatherV2: [
    of([float(5, 3), ids(5, 7)], (x, indices) => tf.gather(x, indices)),
    of([float(5, 3), ids(5, 2, 4)], (x, indices) => tf.gather(x, indices)),
    of([float(3, 5, 2), ids(5, 4)], (x, indices) => tf.gather(x, indices, 1)),
    of([float(3, 5), ids(5, 4)], (x, indices) => tf.gather(x, indices, -1)),
    {
      ...of([float(3, 5, 2), ids(5, 3, 4)], (x, at) => tf.gather(x, at, 1, 1)),
      withoutGradient: "wrong in TensorFlow.js",
    },
  ],
  UnsortedSegmentSum: [
    of([float(6, 2), ids(4, 6)], (x, at) => tf.unsortedSegmentSum(x, at.as1D(), 4)),
    of([float(6, 2, 3), ids(4, 6)], (x, at) => tf.unsortedSegmentSum(x, at.as1D(), 5)),
    of([float(6), ids(3, 6)], (x, at) => tf.unsortedSegmentSum(x, at.as1D(), 3)),
  ],
  ZerosLike: [of([float(3)], (x) => tf.zerosLike(x).add(x)), of([float(2, 2)], (x) => [tf.zerosLike(x), x.mul(2)])],
  OnesLike: [of([float(3)], (x) => tf.onesLike(x).sub(x)), of([whole(2, 2)], (x) => tf.onesLike(x))],
  Fill: [of([float(3)], (x) => fill([2, 3], 0.5).mul(x)), of([float(3)], (x) => [x.neg(), fill([2], 3, "int32")])],
  Range: [of([float(5)], (x) => tf.range(0, 5).mul(x)), of([whole(4)], (x) => tf.range(7, -1, -2, "int32").add(x))],
};
