/** One micro-batch that the tests of losses share: every option of the loss changes its value. */
import * as tf from "@tensorflow/tfjs";
import type { PlainCase } from "./plain-loss.test.fixture.js";
import type { PolicyLossInputs, PolicyLossOptions } from "./types.js";

export const OPTIONS: PolicyLossOptions = {
  lossType: "dapo",
  importanceSamplingLevel: "token",
  epsilon: 0.2,
  epsilonHigh: 0.28,
  delta: null,
  beta: 0,
  useBiasCorrectionKl: true,
  sapoTemperaturePos: 1,
  sapoTemperatureNeg: 1.05,
  vespoKPos: 2,
  vespoLambdaPos: 3,
  vespoKNeg: 3,
  vespoLambdaNeg: 2,
  topEntropyQuantile: 1,
  offPolicyMaskThreshold: null,
  entropyBonus: false,
  maxCompletionLength: 7,
};

export const CASE: PlainCase = {
  logProbabilities: [
    [-0.3, -1.4, -0.7, -2.2],
    [-1.1, -0.2, -0.9, -0.4],
    [-0.6, -1.9, -0.1, -1.3],
  ],
  old: [
    [-0.5, -1.1, -0.7, -1.6],
    [-0.8, -0.6, -0.9, -0.1],
    [-0.6, -2.4, -0.5, -1.3],
  ],
  reference: [
    [-0.4, -1.2, -0.9, -2],
    [-0.9, -0.3, -1.2, -0.4],
    [-0.7, -2.1, -0.2, -1],
  ],
  sampling: [
    [-0.45, -1.15, -0.72, -1.62],
    [-0.82, -0.55, -0.93, -0.11],
    [-0.61, -2.3, -0.52, -1.31],
  ],
  importance: null,
  entropies: [
    [0.9, 1.3, 0.2, 1.7],
    [0.6, 0.1, 1.1, 0.4],
    [0.3, 2.1, 0.8, 0.5],
  ],
  mask: [
    [1, 1, 1, 1],
    [1, 1, 0, 0],
    [1, 1, 1, 0],
  ],
  advantages: [0.8, -1.2, 0.5],
  gradientAccumulation: 2,
  stepsPerGeneration: 4,
  itemsInBatch: 31,
  entropyCoefficient: 0.03,
};

export const IMPORTANCE = [
  [1, 0.8, 1.3, 1.1],
  [0.7, 1.2, 1, 1],
  [1.1, 0.9, 0.6, 1],
];

/** The inputs of `policyLoss`, with every optional one that the case has. */
export function tensors(plain: PlainCase): PolicyLossInputs {
  return {
    logProbabilities: tf.tensor2d(plain.logProbabilities),
    entropies: tf.tensor2d(plain.entropies),
    mask: tf.tensor2d(plain.mask),
    advantages: tf.tensor1d(plain.advantages),
    itemsInBatch: tf.scalar(plain.itemsInBatch),
    gradientAccumulation: tf.scalar(plain.gradientAccumulation),
    stepsPerGeneration: tf.scalar(plain.stepsPerGeneration),
    entropyCoefficient: tf.scalar(plain.entropyCoefficient),
    referenceLogProbabilities: tf.tensor2d(plain.reference),
    samplingLogProbabilities: tf.tensor2d(plain.sampling),
    ...(plain.old === null ? {} : { oldLogProbabilities: tf.tensor2d(plain.old) }),
    ...(plain.importance === null ? {} : { importanceRatio: tf.tensor2d(plain.importance) }),
  };
}
