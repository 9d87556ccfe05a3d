/** The parts of a config that need no trainer, and how they are put together with those that are the trainer's. */
import { datasetSchema, rewardsSchema } from "@pavlov/core/config";
import { z } from "zod";
import { devices } from "./devices.js";

const modelSchema = z
  .string()
  .min(1)
  .describe(
    "Folder of a model in Hugging Face layout, or the id of one on the hub: HuggingFaceTB/SmolLM2-135M-Instruct.",
  );

const revisionSchema = z
  .string()
  .min(1)
  .optional()
  .describe("Branch, tag or commit of a model on the hub. Default: main.");

const adapterSchema = z
  .string()
  .min(1)
  .optional()
  .describe(
    "Folder of a LoRA adapter for the model, in PEFT's layout, or its id on the hub: to train on or to measure.",
  );

const outputSchema = z.string().min(1).describe("Folder of the run; where it holds a run already, the next free name.");

const deviceSchema = z
  .enum(devices)
  .default("auto")
  .describe("What it computes on: auto takes the GPU where it works and is faster; the others force one.");

const engineSchema = z.strictObject({
  kind: z
    .enum(["onnxruntime", "tfjs"])
    .default("onnxruntime")
    .describe("ONNX Runtime (compiled), or TensorFlow.js kernel by kernel."),
  threads: z.int().positive().optional().describe("Threads of ONNX Runtime. Default: the machine's cores."),
  backend: z.string().min(1).optional().describe("Backend of tfjs: cpu, or tensorflow (@tensorflow/tfjs-node-gpu)."),
});

/** How a model is measured on held-out rows, before and after training. */
export const evaluateSchema = z.strictObject({
  before: z.boolean().default(true).describe("Measure the model before its first step."),
  after: z.boolean().default(true).describe("Measure the model after its last step."),
  success: z
    .array(z.string())
    .min(1)
    .optional()
    .describe("Rewards that must all give their highest score for a completion to count as a success."),
  temperature: z.number().positive().default(1).describe("Temperature at which completions are sampled."),
  greedy: z.boolean().default(true).describe("Measure the most likely completion as well."),
  numGenerations: z.int().positive().default(1).describe("Completions sampled for each row."),
  maxCompletionLength: z.int().positive().optional().describe("Tokens of a completion; default: as in training."),
  limit: z.int().positive().optional().describe("Use only so many rows, from the first."),
  samples: z.int().min(0).default(3).describe("Rows whose completions are printed."),
  seed: z.int().min(0).default(42).describe("Decides the sampled completions."),
});

/** Every evaluation option, defaults applied. */
export type EvaluateSettings = z.output<typeof evaluateSchema>;

/** The file of `pavlov train` and `eval`, around the trainer's options. */
export function configSchemaOf<Train extends z.ZodType>(train: Train) {
  return z.strictObject({
    model: modelSchema,
    revision: revisionSchema,
    adapter: adapterSchema,
    dataset: datasetSchema,
    rewards: rewardsSchema,
    combine: z
      .string()
      .min(1)
      .optional()
      .describe("An expression over the rewards' names that gives the total, instead of weights."),
    train,
    device: deviceSchema,
    engine: engineSchema.optional().describe("How it computes."),
    evalDataset: datasetSchema.optional().describe("Held-out rows, with the columns that the rewards read."),
    evaluate: evaluateSchema.prefault({}).describe("How the model is measured on evalDataset."),
    output: outputSchema.default("runs/grpo"),
  });
}

/** The file of `pavlov sft`, around the trainer's options. */
export function sftFileSchemaOf<Train extends z.ZodType>(train: Train) {
  return z.strictObject({
    model: modelSchema,
    revision: revisionSchema,
    adapter: adapterSchema,
    dataset: datasetSchema,
    train,
    device: deviceSchema,
    engine: engineSchema.optional().describe("How it computes."),
    output: outputSchema.default("runs/sft"),
  });
}

/** The file for `score`, `audit` and `config`, which need no model. */
export function scoringSchemaOf<Train extends z.ZodType>(train: Train) {
  return configSchemaOf(train).extend({ model: modelSchema.optional() });
}

/**
 * The file for `score` and `audit` where no trainer is installed: of its options they need the seed alone, and the
 * others are let be.
 */
export const scoringSchema = scoringSchemaOf(
  z
    .looseObject({ seed: z.int().min(0).default(42).describe("Decides what is random.") })
    .prefault({})
    .describe("Options of GRPO, which are checked where @pavlov/trainer is installed."),
);

/** A checked config that may have no model. */
export type ScoringConfig = z.output<typeof scoringSchema>;
