/** When things that happen now and then in a run are due: evaluating, saving, writing completions. */
import { epochsAfter, type BatchPlan } from "./batch-arithmetic.js";
import type { GRPOConfig } from "./config.js";

/** How long a run and a pass over its dataset are, in optimizer steps. */
type Length = Pick<BatchPlan, "maxSteps" | "stepsPerEpoch">;

/** Every so many steps, or a share of all steps where the number is below 1. */
const everySteps = (every: number, plan: Length): number =>
  Math.max(1, Math.ceil(every < 1 ? every * plan.maxSteps : every));

const isDue = (strategy: GRPOConfig["saveStrategy"], every: number, step: number, plan: Length): boolean => {
  if (strategy === "no") return false;
  return step % (strategy === "epoch" ? plan.stepsPerEpoch : everySteps(every, plan)) === 0;
};

/** Whether held-out rows are evaluated after `step` steps. */
export const evaluatesAfter = (config: GRPOConfig, plan: BatchPlan, step: number): boolean => {
  const { evalStrategy, evalSteps, evalDelay, loggingSteps } = config;
  const passed = evalStrategy === "epoch" ? epochsAfter(plan, step) : step;
  return passed >= evalDelay && isDue(evalStrategy, evalSteps ?? loggingSteps, step, plan);
};

/** Whether a checkpoint is saved after `step` steps: when one is due and, as in TRL, after the last step. */
export const savesAfter = (
  config: Pick<GRPOConfig, "saveStrategy" | "saveSteps">,
  plan: Length,
  step: number,
): boolean =>
  step === plan.maxSteps ? config.saveStrategy !== "no" : isDue(config.saveStrategy, config.saveSteps, step, plan);

/** How many checkpoints a run saves that goes on after `from` steps. */
export const savesLeft = (
  config: Pick<GRPOConfig, "saveStrategy" | "saveSteps">,
  plan: Length,
  from: number,
): number => {
  let saves = 0;
  for (let step = from + 1; step <= plan.maxSteps; step++) if (savesAfter(config, plan, step)) saves += 1;
  return saves;
};

/** Whether the completions of step `step` (from 1) are written: the first, the last, and every `loggingSteps`. */
export const writesCompletions = (config: GRPOConfig, plan: BatchPlan, step: number): boolean =>
  config.logCompletions && (step === 1 || step === plan.maxSteps || step % everySteps(config.loggingSteps, plan) === 0);
