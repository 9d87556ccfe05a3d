import { describe, expect, test } from "vitest";
import { planBatches } from "./batch-arithmetic.js";
import { grpoConfigSchema, type GRPOConfigInput } from "./config.js";
import { evaluatesAfter, savesAfter, writesCompletions } from "./occasions.js";

/** The steps after which something is due, of 20 steps with 5 steps an epoch. */
const stepsOf = (due: typeof evaluatesAfter, changes: GRPOConfigInput): number[] => {
  const config = grpoConfigSchema.parse({ maxSteps: 20, ...changes });
  const plan = planBatches(config, 5);
  return Array.from({ length: 20 }, (_, index) => index + 1).filter((step) => due(config, plan, step));
};

describe("evaluation", () => {
  test("never happens by default", () => expect(stepsOf(evaluatesAfter, {})).toEqual([]));
  test("happens every evalSteps, or every loggingSteps where they are not given", () => {
    expect(stepsOf(evaluatesAfter, { evalStrategy: "steps", evalSteps: 6 })).toEqual([6, 12, 18]);
    expect(stepsOf(evaluatesAfter, { evalStrategy: "steps" })).toEqual([10, 20]);
  });
  test("takes a number below 1 as a share of all steps", () => {
    expect(stepsOf(evaluatesAfter, { evalStrategy: "steps", evalSteps: 0.25 })).toEqual([5, 10, 15, 20]);
  });
  test("happens after each epoch, and not before evalDelay", () => {
    expect(stepsOf(evaluatesAfter, { evalStrategy: "epoch", evalDelay: 2 })).toEqual([10, 15, 20]);
    expect(stepsOf(evaluatesAfter, { evalStrategy: "steps", evalSteps: 6, evalDelay: 7 })).toEqual([12, 18]);
  });
});

test("checkpoints are saved when due and, as in TRL, after the last step", () => {
  expect(stepsOf(savesAfter, { saveSteps: 5 })).toEqual([5, 10, 15, 20]);
  expect(stepsOf(savesAfter, { saveStrategy: "no", saveSteps: 5 })).toEqual([]);
});

test("completions are written at the first step, the last and every loggingSteps", () => {
  expect(stepsOf(writesCompletions, { loggingSteps: 8 })).toEqual([1, 8, 16, 20]);
  expect(stepsOf(writesCompletions, { logCompletions: false })).toEqual([]);
});
