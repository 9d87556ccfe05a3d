/** Learning-rate schedules, as `get_scheduler` of transformers: a factor of the learning rate for each step. */
import { PavlovError } from "@pavlov/core";

export interface ScheduleOptions {
  readonly learningRate: number;
  /** Optimizer steps over which the rate rises from 0. */
  readonly warmupSteps: number;
  /** Optimizer steps in all. */
  readonly maxSteps: number;
  readonly numCycles?: number | undefined;
  readonly minLr?: number | undefined;
  readonly minLrRate?: number | undefined;
  readonly lrEnd?: number | undefined;
  readonly power?: number | undefined;
  readonly timescale?: number | undefined;
}

/** Factor of the learning rate after `step` optimizer steps, past the warmup. */
type Decay = (step: number, options: ScheduleOptions) => number;

const progressOf = (step: number, { warmupSteps, maxSteps }: ScheduleOptions) =>
  (step - warmupSteps) / Math.max(1, maxSteps - warmupSteps);

const cosineFactor = (turns: number) => 0.5 * (1 + Math.cos(Math.PI * turns));

const DECAYS = {
  linear: (step, { warmupSteps, maxSteps }) => Math.max(0, (maxSteps - step) / Math.max(1, maxSteps - warmupSteps)),

  cosine: (step, options) => Math.max(0, cosineFactor((options.numCycles ?? 0.5) * 2 * progressOf(step, options))),

  cosine_with_restarts: (step, options) => {
    const progress = progressOf(step, options);
    return progress >= 1 ? 0 : Math.max(0, cosineFactor(((options.numCycles ?? 1) * progress) % 1));
  },

  cosine_with_min_lr: (step, options) => {
    const rate = options.minLrRate ?? (options.minLr ?? 0) / options.learningRate;
    const factor = cosineFactor((options.numCycles ?? 0.5) * 2 * progressOf(step, options));
    return Math.max(0, factor * (1 - rate) + rate);
  },

  constant: () => 1,
  constant_with_warmup: () => 1,

  polynomial: (step, { learningRate, warmupSteps, maxSteps, lrEnd = 1e-7, power = 1 }) => {
    if (step > maxSteps) return lrEnd / learningRate;
    const remaining = 1 - (step - warmupSteps) / Math.max(1, maxSteps - warmupSteps);
    return ((learningRate - lrEnd) * remaining ** power + lrEnd) / learningRate;
  },

  inverse_sqrt: (step, { warmupSteps, timescale = warmupSteps || 10_000 }) =>
    1 / Math.sqrt((step + timescale - warmupSteps) / timescale),
} satisfies Record<string, Decay>;

export type SchedulerType = keyof typeof DECAYS;

export const SCHEDULER_TYPES = Object.keys(DECAYS) as [SchedulerType, ...SchedulerType[]];

/**
 * The learning rate of the optimizer step after `step` earlier ones: the rate that TRL logs with step `step + 1`.
 * `constant` has no warmup. Throws a `PavlovError` for options that do not go together.
 */
export function learningRateAt(type: SchedulerType, step: number, options: ScheduleOptions): number {
  const { learningRate, warmupSteps } = options;
  checkSchedule(type, options);
  if (type !== "constant" && step < warmupSteps) return learningRate * (step / Math.max(1, warmupSteps));
  const decay: Decay = DECAYS[type];
  return learningRate * decay(step, options);
}

/** The same rules that transformers has. */
export function checkSchedule(type: SchedulerType, options: Omit<ScheduleOptions, "maxSteps" | "warmupSteps">): void {
  const { learningRate, minLr, minLrRate, lrEnd = 1e-7 } = options;
  if (type === "cosine_with_min_lr" && (minLr === undefined) === (minLrRate === undefined)) {
    throw new PavlovError(
      "lrSchedulerType: cosine_with_min_lr needs either minLr or minLrRate in lrSchedulerKwargs, and not both.",
    );
  }
  if (type === "polynomial" && !(learningRate > lrEnd)) {
    throw new PavlovError(
      `lrSchedulerType: polynomial needs lrEnd (${lrEnd}) below learningRate (${learningRate}): ` +
        "write a smaller lrEnd in lrSchedulerKwargs.",
    );
  }
}

/**
 * Warmup in steps: a whole number is taken as it is, a number below 1 as a share of all steps, rounded up
 * (`TrainingArguments.get_warmup_steps`).
 */
export function warmupStepsOf(warmupSteps: number, maxSteps: number): number {
  return warmupSteps >= 1 ? Math.trunc(warmupSteps) : Math.ceil(maxSteps * warmupSteps);
}
