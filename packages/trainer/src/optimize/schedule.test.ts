import { describe, expect, test } from "vitest";
import { learningRateAt, warmupStepsOf, type ScheduleOptions, type SchedulerType } from "./schedule.js";

const rates = (type: SchedulerType, options: Partial<ScheduleOptions>, steps: readonly number[]) =>
  steps.map((step) => learningRateAt(type, step, { learningRate: 1, warmupSteps: 0, maxSteps: 4, ...options }));

/** Rates after 0, 1, 2 … steps, by hand from transformers' formulas. */
describe.each<[SchedulerType, Partial<ScheduleOptions>, number[]]>([
  ["linear", {}, [1, 0.75, 0.5, 0.25, 0, 0]],
  ["linear", { warmupSteps: 2, maxSteps: 6 }, [0, 0.5, 1, 0.75, 0.5, 0.25, 0]],
  ["cosine", { warmupSteps: 1 }, [0, 1, 0.75, 0.25, 0]],
  ["cosine", { numCycles: 1 }, [1, 0.5, 0, 0.5, 1]],
  ["cosine_with_restarts", { numCycles: 2 }, [1, 0.5, 1, 0.5, 0]],
  [
    "cosine_with_min_lr",
    { minLr: 0.2 },
    [1, 0.2 + 0.8 * (0.5 + Math.SQRT1_2 / 2), 0.6, 0.2 + 0.8 * (0.5 - Math.SQRT1_2 / 2), 0.2],
  ],
  ["cosine_with_min_lr", { minLrRate: 0.5 }, [1, 0.5 + 0.5 * (0.5 + Math.SQRT1_2 / 2), 0.75]],
  ["constant", { warmupSteps: 3 }, [1, 1, 1]],
  ["constant_with_warmup", { warmupSteps: 2 }, [0, 0.5, 1, 1]],
  ["polynomial", { power: 2, lrEnd: 0.2 }, [1, 0.2 + 0.8 * 0.5625, 0.4, 0.25, 0.2, 0.2]],
  ["inverse_sqrt", { warmupSteps: 4 }, [0, 0.25, 0.5, 0.75, 1, Math.sqrt(4 / 5)]],
  ["inverse_sqrt", { timescale: 3 }, [1, Math.sqrt(3 / 4)]],
])("%s %j", (type, options, expected) => {
  test("has the rates of transformers", () => {
    rates(
      type,
      options,
      expected.map((_, step) => step),
    ).forEach((rate, step) => {
      expect(rate, `after ${step} steps`).toBeCloseTo(expected[step] as number, 12);
    });
  });
});

test("the rate is proportional to learningRate", () => {
  expect(rates("linear", { learningRate: 1e-6 }, [1])[0]).toBeCloseTo(0.75e-6, 18);
});

test("warmup below 1 is a share of all steps, rounded up", () => {
  expect([0, 0.1, 0.5, 1, 7].map((steps) => warmupStepsOf(steps, 15))).toEqual([0, 2, 8, 1, 7]);
});

test("cosine_with_min_lr asks for exactly one minimum", () => {
  expect(() => rates("cosine_with_min_lr", {}, [0])).toThrow("either minLr or minLrRate");
  expect(() => rates("cosine_with_min_lr", { minLr: 0, minLrRate: 0 }, [0])).toThrow("not both");
});

test("polynomial asks for an end below the learning rate", () => {
  expect(() => rates("polynomial", { learningRate: 1e-8 }, [0])).toThrow("lrEnd (1e-7) below learningRate (1e-8)");
});
