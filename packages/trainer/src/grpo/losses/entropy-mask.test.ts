import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, test } from "vitest";
import { entropyThreshold, entropyThresholdTensor, highEntropyMask } from "./entropy-mask.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const ENTROPIES = [0.5, 2.5, 1, 3, 0.1, 2, 9, 9];
const MASK = [1, 1, 1, 1, 1, 1, 0, 0];

test.each([
  [0.2, 2.5],
  [0.5, 1.5],
  [0.1, 2.75],
  [0, 3],
  [1, 0.1],
])("the top %f of the tokens starts at %f, inside the graph and outside", (share, threshold) => {
  const tensor = entropyThresholdTensor(tf.tensor2d(ENTROPIES, [2, 4]), tf.tensor2d(MASK, [2, 4]), share);
  expect(tensor.dataSync()[0]).toBeCloseTo(threshold, 6);
  expect(entropyThreshold(ENTROPIES.slice(0, 6), share)).toBeCloseTo(threshold, 12);
});

test("the mask keeps tokens at the threshold and never a token that does not count", () => {
  const mask = highEntropyMask(tf.tensor1d(ENTROPIES), tf.tensor1d(MASK), tf.scalar(2));
  expect(Array.from(mask.dataSync())).toEqual([0, 1, 0, 1, 0, 1, 0, 0]);
});

test("without any token the threshold is 0", () => {
  expect(entropyThreshold([], 0.2)).toBe(0);
});
