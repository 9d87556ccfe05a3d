/** Options of logging, evaluation and saving: Hugging Face's `TrainingArguments` in camelCase. */
import { z } from "zod";

const STRATEGIES = ["no", "steps", "epoch"] as const;
const every = () => z.number().positive();

/** Options of saving, of every method. */
export const saveShape = {
  saveStrategy: z.enum(STRATEGIES).default("steps").describe("When to save a checkpoint."),
  saveSteps: every().default(500).describe("Optimizer steps between checkpoints; below 1 a share of all steps."),
  saveOnlyModel: z
    .boolean()
    .default(false)
    .describe("Save checkpoints without the optimizer's state: smaller, but no run can be resumed from them."),
  saveTotalLimit: z.int().min(1).nullable().default(null).describe("Newest checkpoints to keep; null keeps all."),
};

export const loggingShape = {
  loggingSteps: every()
    .default(10)
    .describe(
      "Optimizer steps between two files of completions, and between evaluations where evalSteps is not set; below 1 " +
        "a share of all steps. Metrics are logged at every step (TRL averages them over this many).",
    ),
  logCompletions: z
    .boolean()
    .default(true)
    .describe("Write every completion with its scores to the run's folder (TRL's default is false)."),
  evalStrategy: z
    .enum(STRATEGIES)
    .default("no")
    .describe("When to evaluate on held-out rows: never, every evalSteps, or after each epoch."),
  evalSteps: every()
    .nullable()
    .default(null)
    .describe("Optimizer steps between evaluations; null takes loggingSteps; below 1 a share of all steps."),
  evalDelay: z.number().min(0).default(0).describe("Steps (or epochs) before the first evaluation."),
  evalOnStart: z.boolean().default(false).describe("Evaluate before the first step."),
  ...saveShape,
};
