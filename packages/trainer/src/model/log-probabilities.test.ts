import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import { uniform } from "../rollout/uniform.js";
import { selectiveLogSoftmax } from "./log-probabilities.js";

beforeAll(() => tf.setBackend("cpu"));

const count = 5;
const vocabulary = 11;
const logits = Array.from({ length: count }, (_, row) =>
  Array.from({ length: vocabulary }, (_unused, token) => 8 * uniform(1, row, token, 0) - 4),
);
const targets = [0, 10, 3, 3, 7];

/** The same by TensorFlow.js's own operations and gradients. */
function plain(scores: Tensor): { logProbabilities: Tensor; entropies: Tensor } {
  const logSoftmax = tf.logSoftmax(scores);
  const logProbabilities = tf.sum(tf.mul(logSoftmax, tf.oneHot(tf.tensor1d(targets, "int32"), vocabulary)), -1);
  return { logProbabilities, entropies: tf.neg(tf.sum(tf.mul(tf.exp(logSoftmax), logSoftmax), -1)) };
}

const ours = (differentiable: boolean) => (scores: Tensor) =>
  selectiveLogSoftmax(scores, tf.tensor1d(targets, "int32"), differentiable);

/** A different factor for each row's log-probability and entropy. */
const mix = ({ logProbabilities, entropies }: ReturnType<typeof plain>, withEntropy: boolean): tf.Scalar => {
  const first = tf.sum(tf.mul(logProbabilities, [1, -2, 0.5, 3, 0]));
  return (withEntropy ? tf.add(first, tf.sum(tf.mul(entropies, [0.3, 1, -1, 0, 2]))) : first).asScalar();
};

const expectClose = (actual: Tensor, expected: Tensor) => {
  const difference = tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0] as number;
  expect(difference).toBeLessThan(2e-6);
};

describe("selective log-softmax", () => {
  test("gives the log-probabilities of the targets and the entropies", () => {
    const scores = tf.tensor2d(logits);
    const actual = ours(false)(scores);
    const expected = plain(scores);
    expectClose(actual.logProbabilities, expected.logProbabilities);
    expectClose(actual.entropies, expected.entropies);
  });

  test.each([true, false])("has the gradient of the plain formula, entropies included: %s", (withEntropy) => {
    const scores = tf.tensor2d(logits);
    const actual = tf.grad((x: Tensor) => mix(ours(withEntropy)(x), withEntropy))(scores);
    const expected = tf.grad((x: Tensor) => mix(plain(x), withEntropy))(scores);
    expectClose(actual, expected);
  });

  test("does not overflow", () => {
    const scores = tf.tensor2d([[1000, 0, -1000]]);
    const { logProbabilities, entropies } = selectiveLogSoftmax(scores, tf.tensor1d([1], "int32"), false);
    expect([...logProbabilities.dataSync(), ...entropies.dataSync()]).toEqual([-1000, 0]);
  });
});
