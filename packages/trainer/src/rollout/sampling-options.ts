/**
 * The options that shape the distribution which completions are drawn from: TRL's names in camelCase. In training the
 * temperature is positive, as the loss divides by it too; elsewhere 0 takes the most likely token.
 */
import { z } from "zod";
import type { ResolvedSampling } from "./sampler.js";

export const generationShape = {
  temperature: z.number().positive().default(1).describe("Divides the logits, in sampling and in the loss."),
  topP: z.number().gt(0).max(1).default(1).describe("Sample among the most likely tokens of this total probability."),
  topK: z.int().min(0).default(0).describe("Sample among this many most likely tokens; 0 means all."),
  minP: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .default(null)
    .describe("Sample among tokens at least this times as likely as the most likely one."),
  repetitionPenalty: z
    .number()
    .positive()
    .default(1)
    .describe("Above 1 makes tokens of the prompt and of the completion so far less likely, below 1 more."),
};

/** The same options with their values. */
export type SamplingConfig = z.output<z.ZodObject<typeof generationShape>>;

/** What the sampler is given. */
export const samplingOf = ({ temperature, topK, topP, minP, repetitionPenalty }: SamplingConfig): ResolvedSampling => ({
  temperature,
  topK,
  topP,
  minP: minP ?? 0,
  repetitionPenalty,
});
