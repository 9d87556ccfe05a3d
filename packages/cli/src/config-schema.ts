/** What `pavlov.config.yaml` may hold: the schemas of core and trainer, put together. */
import { datasetSchema, rewardsSchema } from "@pavlov/core/config";
import { grpoConfigSchema, sftConfigSchema } from "@pavlov/trainer/config";
import { z } from "zod";

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

/** The file of `pavlov train`, `eval` and `config`. */
export const configSchema = z.strictObject({
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
  train: grpoConfigSchema.prefault({}).describe("Options of GRPO, with TRL's names and defaults."),
  engine: engineSchema.optional().describe("What computes."),
  evalDataset: datasetSchema.optional().describe("Held-out rows, with the columns that the rewards read."),
  evaluate: evaluateSchema.prefault({}).describe("How the model is measured on evalDataset."),
  output: outputSchema.default("runs/grpo"),
});

/** A checked config, defaults applied. */
export type Config = z.output<typeof configSchema>;
/** What a user writes. */
export type ConfigInput = z.input<typeof configSchema>;

/** The same file for `score` and `audit`, which need no model. */
export const scoringSchema = configSchema.extend({ model: modelSchema.optional() });

/** A checked config that may have no model. */
export type ScoringConfig = z.output<typeof scoringSchema>;

/** The file of `pavlov sft`. */
export const sftFileSchema = z.strictObject({
  model: modelSchema,
  revision: revisionSchema,
  adapter: adapterSchema,
  dataset: datasetSchema,
  train: sftConfigSchema.prefault({}).describe("Options of supervised training, with TRL's names and defaults."),
  engine: engineSchema.optional().describe("What computes."),
  output: outputSchema.default("runs/sft"),
});

/** A checked config of supervised training, defaults applied. */
export type SFTFile = z.output<typeof sftFileSchema>;
/** What a user writes for supervised training. */
export type SFTFileInput = z.input<typeof sftFileSchema>;
