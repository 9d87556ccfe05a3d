// The operations whose gradients are written out, against TensorFlow.js's own gradients of the plain formulas.
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import { uniform } from "../rollout/uniform.js";
import { gated } from "./activation.js";
import { rmsNorm } from "./norm.js";
import { inverseFrequencies, rotaryAngles, rotate } from "./rotary.js";

beforeAll(() => tf.setBackend("cpu"));

const random = (seed: number, ...shape: number[]): Tensor =>
  tf.tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, index) => 4 * uniform(seed, 0, index, 0) - 2),
    shape,
  );

/** Values and gradients (under the same random output gradient) of two functions agree. */
function expectSame(actual: (...x: Tensor[]) => Tensor, expected: (...x: Tensor[]) => Tensor, inputs: Tensor[]) {
  const direction = random(99, ...(expected(...inputs).shape as number[]));
  const results = [actual, expected].map((f) => {
    const { value, grads } = tf.valueAndGrads((...x: Tensor[]) => tf.sum(tf.mul(f(...x), direction)).asScalar())(
      inputs,
    );
    return [f(...inputs), value, ...grads];
  });
  results[0]?.forEach((tensor, index) => {
    const other = results[1]?.[index] as Tensor;
    expect(tensor.shape).toEqual(other.shape);
    const largest = tf.max(tf.abs(other)).dataSync()[0] as number;
    const difference = tf.max(tf.abs(tf.sub(tensor, other))).dataSync()[0] as number;
    expect(difference / Math.max(1, largest)).toBeLessThan(3e-6);
  });
}

describe("RMS norm", () => {
  const plain = (offset: number) => (x: Tensor, weight: Tensor) =>
    tf.mul(tf.div(x, tf.sqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-5))), tf.add(weight, offset));

  test.each([0, 1] as const)("over the last of any axes, weights around %i", (offset) => {
    const norm = (x: Tensor, weight: Tensor) => rmsNorm(x, weight, 1e-5, offset);
    expectSame(norm, plain(offset), [random(1, 6, 8), random(2, 8)]);
    expectSame(norm, plain(offset), [random(1, 2, 3, 4, 8), random(2, 8)]);
  });

  test("of zeros is zero", () => {
    expect([...rmsNorm(tf.zeros([1, 4]), tf.ones([4]), 1e-6).dataSync()]).toEqual([0, 0, 0, 0]);
  });
});

describe("gated activations", () => {
  test("SiLU", () => {
    const plain = (gate: Tensor, up: Tensor) => tf.mul(tf.mul(gate, tf.sigmoid(gate)), up);
    expectSame((gate, up) => gated(gate, up, "silu"), plain, [random(1, 5, 7), random(2, 5, 7)]);
  });

  test("tanh-GELU", () => {
    const plain = (x: Tensor, up: Tensor) => {
      const inner = tf.mul(tf.add(x, tf.mul(tf.pow(x, 3), 0.044715)), Math.sqrt(2 / Math.PI));
      return tf.mul(tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1)), up);
    };
    expectSame((gate, up) => gated(gate, up, "gelu-tanh"), plain, [random(1, 5, 7), random(2, 5, 7)]);
  });
});

describe("rotary embeddings", () => {
  const settings = { theta: 100, scaling: null };
  const angles = () => rotaryAngles(tf.tensor2d([[0, 1, 2, 5]], [1, 4], "int32"), 6, settings);

  test("follow transformers' rotate_half", () => {
    const plain = (x: Tensor) => {
      const { cosine, sine } = angles();
      const [first, second] = tf.split(x, 2, -1) as [Tensor, Tensor];
      const rotated = tf.concat([tf.neg(second), first], -1);
      return tf.add(tf.mul(x, tf.concat([cosine, cosine], -1)), tf.mul(rotated, tf.concat([sine, sine], -1)));
    };
    expectSame((x) => rotate(x, angles()), plain, [random(1, 2, 3, 4, 6)]);
  });

  test("keep the first position and every length", () => {
    const x = random(1, 1, 1, 4, 6);
    const turned = rotate(x, angles());
    expect([...tf.slice(turned, 0, [1, 1, 1, 6]).dataSync()]).toEqual([...tf.slice(x, 0, [1, 1, 1, 6]).dataSync()]);
    const lengths = (tensor: Tensor) => tf.norm(tensor, 2, -1).dataSync();
    lengths(x).forEach((length, index) => expect(lengths(turned)[index]).toBeCloseTo(length, 5));
  });

  test("have the frequencies of the plain, the linear and the llama3 formula", () => {
    const plain = inverseFrequencies(8, { theta: 10_000, scaling: null });
    [1, 0.1, 0.01, 0.001].forEach((value, index) => expect(plain[index]).toBeCloseTo(value, 6));
    const linear = inverseFrequencies(8, { theta: 10_000, scaling: { type: "linear", factor: 4 } });
    expect(linear[1]).toBeCloseTo(0.025, 7);
    const llama3 = inverseFrequencies(8, {
      theta: 10_000,
      scaling: { type: "llama3", factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: 128 },
    });
    // Wavelengths 6.3, 62.8, 628, 6283 against the limits 32 and 128: kept, between, and divided by 8.
    const smooth = (128 / (20 * Math.PI) - 1) / 3;
    const between = ((1 - smooth) * 0.1) / 8 + smooth * 0.1;
    [1, between, 0.00125, 0.000125].forEach((value, index) => expect(llama3[index]).toBeCloseTo(value, 6));
  });
});
