/** A small Llama-style decoder's training step, for tests: loss and the gradients of all weights in forward order. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { Specs, TensorProgram, Tensors, TypedArray } from "./engine.js";

export interface DecoderShape {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly vocabulary: number;
  readonly length: number;
  readonly rows: number;
}

const rmsNorm = (x: Tensor, gain: Tensor) => x.mul(tf.rsqrt(x.square().mean(-1, true).add(1e-6))).mul(gain);

/** The weights' specs by name, in forward order. */
export function decoderWeights({ width, layers, vocabulary }: DecoderShape): Specs {
  const matrix = (rows: number, columns: number) => ({ shape: [rows, columns], dtype: "float32" as const });
  const gain = { shape: [width], dtype: "float32" as const };
  const layer = (index: number) => ({
    [`${index}.norm1`]: gain,
    [`${index}.query`]: matrix(width, width),
    [`${index}.key`]: matrix(width, width),
    [`${index}.value`]: matrix(width, width),
    [`${index}.output`]: matrix(width, width),
    [`${index}.norm2`]: gain,
    [`${index}.gate`]: matrix(3 * width, width),
    [`${index}.up`]: matrix(3 * width, width),
    [`${index}.down`]: matrix(width, 3 * width),
  });
  const all = Array.from({ length: layers }, (_, index) => layer(index));
  return Object.assign({ embedding: matrix(vocabulary, width) }, ...all, { norm: gain }) as Specs;
}

/** The step's inputs: weights, `ids` and `targets` of `[rows * length]`. */
export function decoderSpecs(shape: DecoderShape): Specs {
  const ids = { shape: [shape.rows * shape.length], dtype: "int32" as const };
  return { ...decoderWeights(shape), ids, targets: ids };
}

/** A program from the weights and ids to `loss` and each weight's gradient under the weight's name. */
export function decoderStep(shape: DecoderShape): TensorProgram {
  const { width, layers, heads, vocabulary, length, rows } = shape;
  const size = width / heads;
  const names = Object.keys(decoderWeights(shape));
  const angle = (position: number, channel: number) => position / 10000 ** ((2 * (channel % (size / 2))) / size);
  const table = (f: (x: number) => number) =>
    Float32Array.from({ length: length * size }, (_, i) => f(angle(Math.floor(i / size), i % size)));

  const loss = (weights: Tensors, ids: Tensor, targets: Tensor): Tensor => {
    const get = (name: string) => weights[name] as Tensor;
    const [cos, sin] = [tf.tensor(table(Math.cos), [length, size]), tf.tensor(table(Math.sin), [length, size])];
    const positions = tf.range(0, length, 1, "int32");
    const future = tf.greater(positions.expandDims(0), positions.expandDims(1)).cast("float32").mul(-1e9);
    const rotate = (x: Tensor) => {
      const [a, b] = tf.split(x, 2, -1) as [Tensor, Tensor];
      return x.mul(cos).add(tf.concat([b.neg(), a], -1).mul(sin));
    };
    let x: Tensor = tf.gather(get("embedding"), ids);
    for (let layer = 0; layer < layers; layer += 1) {
      const weight = (name: string) => get(`${layer}.${name}`);
      const project = (input: Tensor, name: string) => tf.matMul(input, weight(name), false, true);
      const normed = rmsNorm(x, weight("norm1"));
      const split = (name: string) =>
        tf.transpose(project(normed, name).reshape([rows, length, heads, size]), [0, 2, 1, 3]);
      const scores = tf.matMul(rotate(split("query")), rotate(split("key")), false, true).div(Math.sqrt(size));
      const attended = tf.matMul(tf.softmax(scores.add(future)), split("value"));
      x = x.add(project(tf.transpose(attended, [0, 2, 1, 3]).reshape([rows * length, width]), "output"));
      const gated = rmsNorm(x, weight("norm2"));
      const gate = project(gated, "gate");
      x = x.add(project(gate.mul(tf.sigmoid(gate)).mul(project(gated, "up")), "down"));
    }
    const logits = tf.matMul(rmsNorm(x, get("norm")), get("embedding"), false, true);
    const chosen = tf.logSoftmax(logits).mul(tf.oneHot(targets.as1D(), vocabulary));
    return chosen.sum(-1).mean().neg();
  };

  return (inputs) => {
    const weights = names.map((name) => inputs[name] as Tensor);
    const step = tf.valueAndGrads((...given: Tensor[]) => {
      const named = Object.fromEntries(names.map((name, index) => [name, given[index] as Tensor]));
      return loss(named, inputs["ids"] as Tensor, inputs["targets"] as Tensor) as tf.Scalar;
    });
    const { value, grads } = step(weights);
    return { loss: value, ...Object.fromEntries(names.map((name, index) => [name, grads[index] as Tensor])) };
  };
}

/** A uniform pseudo-random sequence in [-1, 1): the same numbers for the same seed. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 31 - 1;
  };
}

/** Values for the step's inputs. */
export function decoderInputs(shape: DecoderShape): Record<string, TypedArray> {
  const random = randomNumbers(7);
  const count = (sizes: readonly (number | string)[]) => sizes.reduce<number>((a, b) => a * Number(b), 1);
  const weights = Object.entries(decoderWeights(shape)).map(([name, spec]) => {
    const gain = spec.shape.length === 1;
    return [name, Float32Array.from({ length: count(spec.shape) }, () => (gain ? 1 : 0) + 0.1 * random())] as const;
  });
  const ids = Int32Array.from({ length: shape.rows * shape.length }, () =>
    Math.floor((random() + 1) * 0.5 * shape.vocabulary),
  );
  const targets = ids.map((_, index) => ids[(index + 1) % ids.length] as number);
  return { ...Object.fromEntries(weights), ids, targets };
}
