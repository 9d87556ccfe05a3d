/** Options of batches and rewards: TRL's names in camelCase, with the defaults of TRL 1.16. */
import { z } from "zod";
import { AGGREGATIONS, SCALE_REWARDS, type ScaleRewards } from "../advantages.js";

const count = () => z.int().min(1);

export const batchShape = {
  numGenerations: z
    .int()
    .default(8)
    .describe("Completions of each prompt, at least 2: the group they are compared in."),
  numGenerationsEval: count()
    .nullable()
    .default(null)
    .describe("Completions of each prompt in evaluation; null takes numGenerations."),
  maxCompletionLength: count().default(512).describe("Most tokens of a completion."),
  perDeviceTrainBatchSize: count().default(8).describe("Completions in one forward and backward pass (micro-batch)."),
  perDeviceEvalBatchSize: count().default(8).describe("Completions in one forward pass of evaluation."),
  gradientAccumulationSteps: count().default(1).describe("Micro-batches of one optimizer step."),
  generationBatchSize: count()
    .nullable()
    .default(null)
    .describe("Completions generated at once; null takes perDeviceTrainBatchSize × stepsPerGeneration."),
  stepsPerGeneration: count()
    .nullable()
    .default(null)
    .describe("Micro-batches that one generation batch is split into; null takes gradientAccumulationSteps."),
  shuffleDataset: z.boolean().default(true).describe("Draw the prompts in a new order every epoch."),
  seed: z.int().min(0).default(42).describe("Decides the order of prompts and every sampled token."),
};

export const rewardShape = {
  scaleRewards: z
    .union([z.enum(SCALE_REWARDS), z.boolean()])
    .transform((value): ScaleRewards => (value === true ? "group" : value === false ? "none" : value))
    .default("group")
    .describe(
      "What an advantage is divided by: the deviation of its group (true means the same), of the whole batch, or " +
        "nothing (none, or false).",
    ),
  multiObjectiveAggregation: z
    .enum(AGGREGATIONS)
    .default("sum_then_normalize")
    .describe("Add the rewards and normalize the sum, or normalize each reward and add (normalize_then_sum: GDPO)."),
};
