/** The parts of a config that this package knows: rewards, their combination, and datasets. */
import { z } from "zod";
import { isReward } from "../define-reward.js";
import type { Reward } from "../reward.js";

/** One named reward of a config: what to use, and how. */
export const rewardUseSchema = z.strictObject({
  use: z
    .union([z.string().min(1), z.custom<Reward>(isReward, "a reward")])
    .describe(
      "A reward's name (math, sql/executes), a package's (@acme/pavlov-reward-sql#executes) or a file's (./mine.ts#length)",
    ),
  weight: z.number().optional().describe("Factor of the score in the weighted sum. Default 1; 0 logs without counting"),
  columns: z.record(z.string(), z.string()).optional().describe("Reward column: dataset column"),
  params: z.record(z.string(), z.unknown()).optional().describe("The reward's settings"),
  onError: z
    .union([z.enum(["fail", "drop"]), z.strictObject({ score: z.number() })])
    .optional()
    .describe("When the reward throws or times out: fail the run, drop the sample, or let a score stand in"),
  timeout: z.number().positive().optional().describe("Milliseconds for one call"),
  concurrency: z.int().min(1).optional().describe("Calls of this reward at the same time; 64 where it is not said"),
  retries: z.int().min(0).optional().describe("Tries after the first one failed. Default 0"),
  isolate: z.boolean().optional().describe("Run in a worker thread that is killed when its time is up"),
});

const presetSchema = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .describe("Rewards as their plugin's author puts them together: sql/recommended, or a list of such");

/**
 * The rewards of a config, by the names that logs and `combine` call them. `$preset` adds those of a plugin's preset,
 * each under its own name, in camel case where that has hyphens; a name that stands here as well takes its place.
 */
export const rewardsSchema = z
  .object({ $preset: presetSchema.optional() })
  .catchall(rewardUseSchema)
  .superRefine(
    (rewards, context) => {
      const names = Object.keys(rewards);
      if (names.length === 0) {
        const message = 'name at least one reward, for example "format: { use: think-answer }"';
        context.addIssue({ code: "custom", message });
      }
      for (const name of names) {
        const message = nameProblem(name);
        if (message === undefined) continue;
        const issues = [{ code: "custom" as const, message, path: [], input: name }];
        context.addIssue({ code: "invalid_key", origin: "record", issues, path: [name], input: rewards });
      }
    },
    // Names are looked at where other options are wrong too, so that all that is wrong is said at once.
    { when: ({ value }) => typeof value === "object" && value !== null },
  );

function nameProblem(name: string): string | undefined {
  if (name in Object.prototype) return "this name is JavaScript's own; choose another";
  if (name === "$preset" || /^[A-Za-z_]\w*$/.test(name)) return undefined;
  return "a reward's name has letters, digits and _ and does not begin with a digit";
}

/** An expression over the rewards' names, instead of weights. */
export const combineSchema = z.string().min(1).describe("Expression over the rewards' names: correct + 0.2 * format");

const datasetOptionsSchema = z.strictObject({
  path: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .describe("File, glob, a list of them, or the id of a dataset on the hub"),
  config: z.string().min(1).optional().describe("Configuration (subset) of a dataset of the hub"),
  split: z.string().min(1).optional().describe("Split of a dataset of the hub. Default: train"),
  revision: z.string().min(1).optional().describe("Branch, tag or commit of a dataset of the hub. Default: main"),
  format: z.enum(["jsonl", "json", "csv", "parquet"]).optional().describe("Default: by the file's extension"),
  prompt: z
    .string()
    .min(1)
    .optional()
    .describe('Column that holds the prompt: text or chat messages. Default "prompt"'),
  template: z.string().min(1).optional().describe("Prompt around columns: What is {{a}} + {{b}}?"),
  system: z.string().min(1).optional().describe("System message before every prompt"),
  messages: z.string().min(1).optional().describe("Column that holds chat messages"),
  completion: z.string().min(1).optional().describe("Column that holds the demonstration (supervised training)"),
  limit: z.int().min(1).optional().describe("At most so many rows"),
  shuffle: z.union([z.boolean(), z.int()]).optional().describe("Random order: true, or the order's seed"),
});

/** A dataset of a config: its path or id alone, or options. See `DatasetOptions`. */
export const datasetSchema = z.union([
  datasetOptionsSchema,
  z
    .string()
    .min(1)
    .transform((path): z.input<typeof datasetOptionsSchema> => ({ path }))
    .pipe(datasetOptionsSchema),
]);

export type RewardUseConfig = z.output<typeof rewardUseSchema>;
export type RewardsConfig = z.output<typeof rewardsSchema>;
export type DatasetConfig = z.output<typeof datasetSchema>;
