// What `judge` and `judge-pairwise` have in common: which model is asked, how, and what it may cost.
import { z } from "zod";
import { httpUrl, requestParams } from "../request-params.js";

export const defaultBaseUrl = "https://api.openai.com/v1";

const price = z.number().min(0).nullable().default(null);

/** Columns of judging rewards: all optional. */
export const judgeColumns = {
  answer: z.unknown().optional().describe("The right answer, which the judge is shown. Optional."),
  rubric: z.string().nullish().describe("What this row is judged by, instead of the param rubric. Optional."),
};

export const judgeParams = {
  baseUrl: httpUrl
    .refine((url) => !/\/chat\/completions\/*$/.test(url), "must end before /chat/completions, which is added to it")
    .default(defaultBaseUrl)
    .describe("Where the server's chat/completions is, such as http://127.0.0.1:8000/v1. OpenAI's by default."),
  model: z.string().min(1).default("gpt-4.1-mini").describe("The judging model, as the server calls it."),
  temperature: z
    .number()
    .min(0)
    .max(2)
    .nullable()
    .default(0)
    .describe("Randomness of the judge; null leaves it out, for models that take none."),
  maxTokens: z
    .int()
    .min(1)
    .nullable()
    .default(1024)
    .describe("Most tokens of the judge's reply (max_tokens); null leaves it out."),
  responseFormat: z
    .enum(["none", "json_object", "json_schema"])
    .default("none")
    .describe("The server is asked for free text, any JSON object, or one of the reply's schema, where it can."),
  extraBody: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("More fields of the request, such as reasoning_effort or max_completion_tokens; no secrets."),
  showThinking: z.boolean().default(false).describe("Whether the judge also reads what stands in <think>."),
  maxCharacters: z
    .int()
    .min(100)
    .max(1_000_000)
    .default(40_000)
    .describe("Characters of a completion that the judge reads at most; the middle of longer ones is left out."),
  ...requestParams,
  pricePerMillionInputTokens: price.describe("In your currency, for the usage `cost`; null for none."),
  pricePerMillionOutputTokens: price.describe("In your currency, for the usage `cost`; null for none."),
};

const judgeObject = z.strictObject(judgeParams);
export type JudgeParams = z.output<typeof judgeObject>;
