import { PavlovError } from "@pavlov/core";
import { describe, expect, test } from "vitest";
import { epochsAfter, microBatchesOfStep, planBatches } from "./batch-arithmetic.js";
import { grpoConfigSchema, type GRPOConfigInput } from "./config.js";
import { completionOrder, promptSampler, promptsOfGeneration, sliceOf } from "./prompt-sampler.js";

const plan = (input: GRPOConfigInput, rows: number) => planBatches(grpoConfigSchema.parse(input), rows);

test("TRL's defaults generate for one prompt and train on it at once", () => {
  expect(plan({}, 100)).toEqual({
    numGenerations: 8,
    microBatchSize: 8,
    gradientAccumulationSteps: 1,
    completionsPerStep: 8,
    generationBatchSize: 8,
    stepsPerGeneration: 1,
    numIterations: 1,
    promptsPerGeneration: 1,
    generationsPerEpoch: 100,
    promptsLeftOut: 0,
    microBatchesPerEpoch: 100,
    stepsPerEpoch: 100,
    maxSteps: 300,
    warmupSteps: 0,
    needsOldLogProbabilities: false,
  });
});

test("a generation batch in four slices, used twice, with two micro-batches a step", () => {
  const input: GRPOConfigInput = {
    numGenerations: 2,
    perDeviceTrainBatchSize: 3,
    gradientAccumulationSteps: 2,
    stepsPerGeneration: 4,
    numIterations: 2,
  };
  const made = plan(input, 20);
  expect(made).toMatchObject({
    generationBatchSize: 12,
    promptsPerGeneration: 6,
    generationsPerEpoch: 3,
    promptsLeftOut: 2,
    microBatchesPerEpoch: 24,
    stepsPerEpoch: 12,
    maxSteps: 36,
    needsOldLogProbabilities: true,
  });
  const uses = Array.from({ length: 13 }, (_, step) => microBatchesOfStep(made, step)).flat();
  expect(uses.slice(0, 9).map(({ slice }) => slice)).toEqual([0, 1, 2, 3, 0, 1, 2, 3, 0]);
  expect(uses.slice(0, 9).map(({ iteration }) => iteration)).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 0]);
  expect(uses.flatMap(({ generates }, index) => (generates ? [index] : []))).toEqual([0, 8, 16, 24]);
  expect(uses[24]).toEqual({ epoch: 1, generation: 3, generationOfEpoch: 0, slice: 0, iteration: 0, generates: true });
});

test("the last step of an epoch has the micro-batches that are left", () => {
  const made = plan({ gradientAccumulationSteps: 4, stepsPerGeneration: 1 }, 10);
  expect(made.stepsPerEpoch).toBe(3);
  expect([0, 1, 2, 3].map((step) => microBatchesOfStep(made, step).length)).toEqual([4, 4, 2, 4]);
  expect(microBatchesOfStep(made, 3)[0]).toMatchObject({ epoch: 1, generation: 10 });
  expect(epochsAfter(made, 4)).toBeCloseTo(4 / 3, 12);
});

test("generationBatchSize decides the slices", () => {
  expect(plan({ generationBatchSize: 32, perDeviceTrainBatchSize: 8 }, 100)).toMatchObject({
    stepsPerGeneration: 4,
    promptsPerGeneration: 4,
    needsOldLogProbabilities: true,
  });
});

describe("old log-probabilities are needed exactly when weights change before a batch is used up", () => {
  test.each<[GRPOConfigInput, boolean]>([
    [{ gradientAccumulationSteps: 4 }, false],
    [{ gradientAccumulationSteps: 4, stepsPerGeneration: 2 }, false],
    [{ gradientAccumulationSteps: 4, stepsPerGeneration: 8 }, true],
    [{ gradientAccumulationSteps: 4, numIterations: 2 }, true],
  ])("%j: %s", (input, expected) => {
    expect(plan(input, 100).needsOldLogProbabilities).toBe(expected);
  });
});

test("the length of a run follows maxSteps, or part of an epoch, and warmup follows the length", () => {
  expect(plan({ maxSteps: 7, warmupRatio: 0.1 }, 100)).toMatchObject({ maxSteps: 7, warmupSteps: 1 });
  expect(plan({ numTrainEpochs: 0.25, warmupSteps: 5 }, 10)).toMatchObject({ maxSteps: 3, warmupSteps: 5 });
});

test("too few rows are refused with the arithmetic", () => {
  const few = () => plan({ perDeviceTrainBatchSize: 32 }, 3);
  expect(few).toThrow(PavlovError);
  expect(few).toThrow(
    "The dataset has 3 rows, fewer than the prompts of one generation batch: generation batch 32 / numGenerations 8 = 4 prompts",
  );
  expect(few).toThrow("at most 3 × 8 = 24 completions");
  expect(() => plan({}, 0)).toThrow("The dataset is empty");
});

describe("the order of prompts", () => {
  test("is a permutation that follows from seed and epoch alone", () => {
    const sampler = promptSampler(50, 42, true);
    const later = sampler(3);
    expect([...later].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, row) => row));
    expect(sampler(3)).toBe(later);
    expect(promptSampler(50, 42, true)(3)).toEqual(later);
    expect(sampler(4)).not.toEqual(later);
    expect(promptSampler(50, 43, true)(3)).not.toEqual(later);
  });

  test("stays as it is without shuffling", () => {
    expect(promptSampler(4, 42, false)(7)).toEqual([0, 1, 2, 3]);
  });

  test("puts every row in every place about equally often", () => {
    const counts = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
    const sampler = promptSampler(4, 1, true);
    for (let epoch = 0; epoch < 4000; epoch += 1) {
      sampler(epoch).forEach((row, place) => ((counts[row] as number[])[place] = (counts[row]?.[place] ?? 0) + 1));
    }
    for (const count of counts.flat()) expect(Math.abs(count - 1000)).toBeLessThan(130);
  });

  test("is cut into generation batches, and what fills none is dropped", () => {
    const order = promptSampler(7, 42, false)(0);
    const made = { promptsPerGeneration: 3 };
    expect([0, 1].map((generation) => promptsOfGeneration(order, made, generation))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });
});

test("completions are shuffled and then split into equal slices", () => {
  const order = completionOrder(12, 42, 5);
  const slices = [0, 1, 2].map((slice) => sliceOf(order, 3, slice));
  expect(slices.map((slice) => slice.length)).toEqual([4, 4, 4]);
  expect(slices.flat()).toEqual(order);
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, row) => row));
  expect(completionOrder(12, 42, 5)).toEqual(order);
  expect(completionOrder(12, 42, 6)).not.toEqual(order);
});
