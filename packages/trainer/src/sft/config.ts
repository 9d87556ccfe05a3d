/** Options of supervised training: names, meaning and defaults of TRL's `SFTConfig`, in camelCase. */
import { z } from "zod";
import { saveShape } from "../grpo/config/logging-options.js";
import { loraReason, loraShape, unknownOptions } from "../grpo/config/lora-options.js";
import { memoryShape } from "../grpo/config/memory-options.js";
import { chatTemplateShape } from "../model/chat-template.js";
import { checkSchedule } from "../optimize/schedule.js";
import { optimizerShape } from "../optimize/options.js";
import { errorMessage } from "@pavlov/core";

const count = () => z.int().positive();

export const sftConfigSchema = z
  .strictObject(
    {
      ...optimizerShape,
      ...loraShape,
      ...memoryShape,
      learningRate: z.number().min(0).default(2e-5).describe("Highest learning rate of AdamW."),
      perDeviceTrainBatchSize: count().default(8).describe("Rows of one forward and backward pass."),
      gradientAccumulationSteps: count().default(1).describe("Passes before each optimizer step."),
      maxLength: count().default(1024).describe("Tokens of prompt and completion; longer rows lose their end."),
      ...chatTemplateShape,
      shuffleDataset: z.boolean().default(true).describe("Draw the rows in a new order every epoch."),
      seed: z.int().min(0).default(42).describe("Decides the order of the rows."),
      ...saveShape,
    },
    { error: (issue) => (issue.code === "unrecognized_keys" ? unknownOptions(issue["keys"], loraReason) : undefined) },
  )
  .superRefine((config, context) => {
    try {
      checkSchedule(config.lrSchedulerType, { learningRate: config.learningRate, ...config.lrSchedulerKwargs });
    } catch (error) {
      context.addIssue({ code: "custom", path: ["lrSchedulerKwargs"], message: errorMessage(error) });
    }
  });

/** Every option, defaults applied. */
export type SFTConfig = z.output<typeof sftConfigSchema>;
/** What a user writes: every option may be left out. */
export type SFTConfigInput = z.input<typeof sftConfigSchema>;
