import { expect, test } from "vitest";
import { grpoConfigSchema } from "../grpo/config.js";
import { planSteps } from "./plan-steps.js";
import { updateRequest } from "./update-request.js";

test("a run is as long as maxSteps says, or else the epochs, and warms up over steps or a share of them", () => {
  const options = { maxSteps: -1, numTrainEpochs: 1.5, warmupSteps: 0, warmupRatio: null };
  expect(planSteps(options, 5)).toEqual({ maxSteps: 8, warmupSteps: 0 });
  expect(planSteps({ ...options, maxSteps: 10, warmupSteps: 0.25 }, 5)).toEqual({ maxSteps: 10, warmupSteps: 3 });
  expect(planSteps({ ...options, warmupSteps: 3, warmupRatio: 1 }, 5)).toEqual({ maxSteps: 8, warmupSteps: 8 });
});

test("an update carries the optimizer's options and the schedule's rate", () => {
  const config = grpoConfigSchema.parse({ learningRate: 1, adamBeta1: 0.8, weightDecay: 0.1, maxGradNorm: 2 });
  const length = { maxSteps: 6, warmupSteps: 2 };
  const rest = { beta1: 0.8, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1, maxGradNorm: 2 };
  expect(updateRequest(config, 1, length)).toEqual({ learningRate: 0.5, ...rest });
  expect(updateRequest(config, 4, length)).toEqual({ learningRate: 0.5, ...rest });
});
