/** The training step that the engines are measured by: a Llama-style decoder's loss and all gradients. */
import { embedding, type Specs, type TensorProgram, type TypedArray } from "@pavlov/trainer";
import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor } from "@tensorflow/tfjs";

export interface DecoderShape {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly vocabulary: number;
  /** Tokens of a row. */
  readonly length: number;
  readonly rows: number;
}

/** 0.86 M parameters and 2,048 tokens a step. */
export const measuredShape: DecoderShape = { width: 128, layers: 4, heads: 4, vocabulary: 64, length: 64, rows: 32 };

const matrices = (width: number): Readonly<Record<string, readonly [number, number]>> => ({
  query: [width, width],
  key: [width, width],
  value: [width, width],
  output: [width, width],
  gate: [3 * width, width],
  up: [3 * width, width],
  down: [width, 3 * width],
});

/** The weights' specs by name, in forward order; matrices are `[out, in]`. */
function weightSpecs({ width, layers, vocabulary }: DecoderShape): Specs {
  const spec = (...shape: number[]) => ({ shape, dtype: "float32" as const });
  const specs: Record<string, Specs[string]> = { embedding: spec(vocabulary, width) };
  for (let layer = 0; layer < layers; layer += 1) {
    for (const norm of ["norm1", "norm2"]) specs[`${layer}.${norm}`] = spec(width);
    for (const [name, shape] of Object.entries(matrices(width))) specs[`${layer}.${name}`] = spec(...shape);
  }
  return { ...specs, norm: spec(width) };
}

/** The number of weights. */
export function weightCount(shape: DecoderShape): number {
  return Object.values(weightSpecs(shape)).reduce((sum, spec) => sum + count(spec.shape), 0);
}

function count(shape: Specs[string]["shape"]): number {
  return shape.reduce<number>((a, b) => a * Number(b), 1);
}

/** All inputs of the step. */
export function stepSpecs(shape: DecoderShape): Specs {
  const ids = { shape: [shape.rows * shape.length], dtype: "int32" as const };
  return { ...weightSpecs(shape), ids, targets: ids };
}

/** Values for the inputs, the same at every call. */
export function stepValues(shape: DecoderShape): Record<string, TypedArray> {
  let state = 1;
  // The minimal standard generator of Park and Miller.
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const weights = Object.entries(weightSpecs(shape)).map(([name, spec]) => {
    const gain = spec.shape.length === 1;
    return [
      name,
      Float32Array.from({ length: count(spec.shape) }, () => (gain ? 1 : 0.07 * (random() - 0.5))),
    ] as const;
  });
  const ids = Int32Array.from({ length: shape.rows * shape.length }, () => Math.floor(random() * shape.vocabulary));
  const targets = ids.map((_, index) => ids[(index + 1) % ids.length] as number);
  return { ...Object.fromEntries(weights), ids, targets };
}

const rmsNorm = (x: Tensor, gain: Tensor) => x.mul(tf.rsqrt(x.square().mean(-1, true).add(1e-6))).mul(gain);

function loss(shape: DecoderShape, weight: (name: string) => Tensor, ids: Tensor, targets: Tensor): Scalar {
  const { width, layers, heads, vocabulary, length, rows } = shape;
  const size = width / heads;
  const angles = Float32Array.from({ length: length * size }, (_, index) => {
    const channel = (index % size) % (size / 2);
    return Math.floor(index / size) / 10000 ** ((2 * channel) / size);
  });
  const [cos, sin] = [Math.cos, Math.sin].map((f) => tf.tensor(angles.map(f), [length, size])) as [Tensor, Tensor];
  const future = Float32Array.from({ length: length * length }, (_, index) =>
    index % length > Math.floor(index / length) ? -1e9 : 0,
  );
  const mask = tf.tensor(future, [length, length]);
  const rotate = (x: Tensor) => {
    const [a, b] = tf.split(x, 2, -1) as [Tensor, Tensor];
    return x.mul(cos).add(tf.concat([b.neg(), a], -1).mul(sin));
  };
  let x = embedding(weight("embedding"), ids);
  for (let layer = 0; layer < layers; layer += 1) {
    const project = (input: Tensor, name: string) => tf.matMul(input, weight(`${layer}.${name}`), false, true);
    const normed = rmsNorm(x, weight(`${layer}.norm1`));
    const split = (name: string) => project(normed, name).reshape([rows, length, heads, size]).transpose([0, 2, 1, 3]);
    const scores = tf.matMul(rotate(split("query")), rotate(split("key")), false, true).mul(1 / Math.sqrt(size));
    const attended = tf.matMul(tf.softmax(scores.add(mask)), split("value"));
    x = x.add(project(attended.transpose([0, 2, 1, 3]).reshape([rows * length, width]), "output"));
    const gated = rmsNorm(x, weight(`${layer}.norm2`));
    const gate = project(gated, "gate");
    x = x.add(project(gate.mul(tf.sigmoid(gate)).mul(project(gated, "up")), "down"));
  }
  const logits = tf.matMul(rmsNorm(x, weight("norm")), weight("embedding"), false, true);
  const chosen = tf.logSoftmax(logits).mul(tf.oneHot(targets as tf.Tensor1D, vocabulary));
  return chosen.sum(-1).mean().neg().asScalar();
}

/** From the weights and ids to `loss` and each weight's gradient under the weight's name, in forward order. */
export function stepProgram(shape: DecoderShape): TensorProgram {
  const names = Object.keys(weightSpecs(shape));
  return (inputs) => {
    const step = tf.valueAndGrads((...given: Tensor[]) => {
      const weights = new Map(names.map((name, index) => [name, given[index] as Tensor]));
      const weight = (name: string) => weights.get(name) as Tensor;
      return loss(shape, weight, inputs["ids"] as Tensor, inputs["targets"] as Tensor);
    });
    const { value, grads } = step(names.map((name) => inputs[name] as Tensor));
    return { loss: value, ...Object.fromEntries(names.map((name, index) => [name, grads[index] as Tensor])) };
  };
}
