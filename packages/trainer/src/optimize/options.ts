/** Options of the optimizer and its schedule: Hugging Face's `TrainingArguments` in camelCase. */
import { z } from "zod";
import { SCHEDULER_TYPES } from "./schedule.js";

export const optimizerShape = {
  learningRate: z.number().min(0).default(1e-6).describe("Highest learning rate of AdamW."),
  lrSchedulerType: z.enum(SCHEDULER_TYPES).default("linear").describe("Course of the learning rate over the run."),
  lrSchedulerKwargs: z
    .strictObject({
      numCycles: z.number().optional().describe("Waves of a cosine (0.5), or restarts (1)."),
      minLr: z.number().min(0).optional().describe("Final rate of cosine_with_min_lr."),
      minLrRate: z.number().min(0).max(1).optional().describe("The same as a share of learningRate."),
      lrEnd: z.number().min(0).optional().describe("Final rate of polynomial (1e-7)."),
      power: z.number().optional().describe("Exponent of polynomial (1)."),
      timescale: z.number().positive().optional().describe("Time scale of inverse_sqrt (warmupSteps, or 10000)."),
    })
    .default({})
    .describe("Settings of one schedule."),
  warmupSteps: z
    .number()
    .min(0)
    .default(0)
    .describe("Optimizer steps over which the rate rises from 0; below 1 it is a share of all steps."),
  warmupRatio: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .default(null)
    .describe("Warmup as a share of all steps, instead of warmupSteps."),
  weightDecay: z.number().min(0).default(0).describe("Decoupled weight decay; biases and norms are exempt."),
  adamBeta1: z.number().min(0).lt(1).default(0.9).describe("Decay of AdamW's mean of gradients."),
  adamBeta2: z.number().min(0).lt(1).default(0.999).describe("Decay of AdamW's mean of squared gradients."),
  adamEpsilon: z.number().min(0).default(1e-8).describe("Added to AdamW's denominator."),
  maxGradNorm: z.number().min(0).default(1).describe("Largest global norm of the gradient; 0 does not clip."),
  numTrainEpochs: z.number().positive().default(3).describe("Passes over the dataset, where maxSteps is not set."),
  maxSteps: z.int().min(-1).default(-1).describe("Optimizer steps; -1 leaves the length of the run to numTrainEpochs."),
};

/** The options of the optimizer and its schedule, defaults applied. */
export type OptimizerConfig = z.output<z.ZodObject<typeof optimizerShape>>;
