/** One AdamW update as the options of a run ask for it at a step. */
import type { UpdateRequest } from "../policy/protocol.js";
import type { OptimizerConfig } from "./options.js";
import type { RunLength } from "./plan-steps.js";
import { learningRateAt } from "./schedule.js";

/** The options that an update depends on. */
export type UpdateConfig = Pick<
  OptimizerConfig,
  | "learningRate"
  | "lrSchedulerType"
  | "lrSchedulerKwargs"
  | "adamBeta1"
  | "adamBeta2"
  | "adamEpsilon"
  | "weightDecay"
  | "maxGradNorm"
>;

/** The update of optimizer step `step` (from 0). Its `learningRate` is the schedule's at that step. */
export const updateRequest = (config: UpdateConfig, step: number, length: RunLength): UpdateRequest => ({
  learningRate: learningRateAt(config.lrSchedulerType, step, {
    ...config.lrSchedulerKwargs,
    learningRate: config.learningRate,
    warmupSteps: length.warmupSteps,
    maxSteps: length.maxSteps,
  }),
  beta1: config.adamBeta1,
  beta2: config.adamBeta2,
  epsilon: config.adamEpsilon,
  weightDecay: config.weightDecay,
  maxGradNorm: config.maxGradNorm,
});
