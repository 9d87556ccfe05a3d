import { describe, expect, test } from "vitest";
import { batchProblems, type BatchOptions } from "./batch-problems.js";

const options: BatchOptions = {
  numGenerations: 8,
  numGenerationsEval: null,
  perDeviceTrainBatchSize: 8,
  perDeviceEvalBatchSize: 8,
  gradientAccumulationSteps: 1,
  generationBatchSize: null,
  stepsPerGeneration: null,
  evalStrategy: "no",
};

const message = (changes: Partial<BatchOptions>): string =>
  batchProblems({ ...options, ...changes })
    .map((problem) => problem.message)
    .join("\n");

test("the defaults fit", () => {
  expect(message({})).toBe("");
});

test.each([1, 0, -3])("numGenerations %i is too few to compare", (numGenerations) => {
  expect(message({ numGenerations })).toContain(`numGenerations is ${numGenerations}`);
  expect(message({ numGenerations })).toContain("at least 2");
});

test("partial groups show the arithmetic and what works nearby", () => {
  expect(message({ numGenerations: 3, gradientAccumulationSteps: 2 })).toBe(
    "The generation batch does not hold whole groups: perDeviceTrainBatchSize (8) × gradientAccumulationSteps (2) " +
      "= 16 completions, and numGenerations is 3: 16 / 3 = 5.33 prompts. Nearest that work: " +
      "perDeviceTrainBatchSize 6 or 9; gradientAccumulationSteps 3; numGenerations 2 or 4.",
  );
});

test("stepsPerGeneration is named where it decides", () => {
  expect(message({ numGenerations: 5, stepsPerGeneration: 4 })).toContain("stepsPerGeneration 5");
});

test("a generation batch must be whole micro-batches", () => {
  expect(message({ generationBatchSize: 20 })).toBe(
    "generationBatchSize (20) is not a multiple of perDeviceTrainBatchSize (8): 2.5 micro-batches. " +
      "Nearest that work: generationBatchSize 16 or 24, or perDeviceTrainBatchSize 5 or 10.",
  );
});

test("a generation batch must be whole groups", () => {
  expect(message({ generationBatchSize: 16, numGenerations: 6 })).toBe(
    "generationBatchSize (16) does not hold whole groups of numGenerations (6): 16 / 6 = 2.67 prompts. " +
      "Nearest that work: generationBatchSize 24; numGenerations 4 or 8.",
  );
});

test("the batch's size and its steps cannot both be set", () => {
  expect(message({ generationBatchSize: 16, stepsPerGeneration: 2 })).toContain("cannot both be set");
});

describe("evaluation", () => {
  test("needs whole groups only where it runs", () => {
    expect(message({ numGenerationsEval: 3 })).toBe("");
    expect(message({ numGenerationsEval: 3, evalStrategy: "steps" })).toBe(
      "perDeviceEvalBatchSize (8) does not hold whole groups of numGenerationsEval (3): 8 / 3 = 2.67 prompts. " +
        "Nearest that work: perDeviceEvalBatchSize 6 or 9; numGenerationsEval 2 or 4.",
    );
  });

  test("may sample one completion a prompt", () => {
    expect(message({ numGenerationsEval: 1, evalStrategy: "epoch" })).toBe("");
  });
});

test("whatever a message proposes works", () => {
  let checked = 0;
  for (let numGenerations = 2; numGenerations <= 12; numGenerations += 1) {
    for (let size = 1; size <= 12; size += 1) {
      const changes = { numGenerations, perDeviceTrainBatchSize: size, gradientAccumulationSteps: 3 };
      const text = message(changes);
      const proposals = [...text.matchAll(/(\w+) (\d+)(?: or (\d+))?(?=[;.])/g)].slice(text === "" ? 0 : -3);
      for (const [, name, ...values] of proposals.filter(([, found]) => found !== undefined && found in options)) {
        for (const value of values.filter((found) => found !== undefined)) {
          expect(message({ ...changes, [name as string]: Number(value) }), `${name} ${value}`).toBe("");
          checked += 1;
        }
      }
    }
  }
  expect(checked).toBeGreaterThan(200);
});
