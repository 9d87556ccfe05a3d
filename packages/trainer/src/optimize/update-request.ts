/** One AdamW update as the options of a run ask for it at a step. */
import type { GRPOConfig } from "../grpo/config.js";
import type { UpdateRequest } from "../policy/protocol.js";
import type { RunLength } from "./plan-steps.js";
import { learningRateAt } from "./schedule.js";

/** The options of the optimizer and its schedule, which all methods share. */
export type OptimizerConfig = Pick<
  GRPOConfig,
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
export const updateRequest = (config: OptimizerConfig, step: number, length: RunLength): UpdateRequest => ({
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
