/** Evaluates a saved model under a composite of rewards. */
import type { Composite, Dataset, Reward } from "@pavlov/core";
import { checkDataset, createScorer, PavlovError } from "@pavlov/core";
import { z } from "zod";
import { loadTokenizer } from "../model/tokenizer.js";
import { startPolicy } from "../policy/client.js";
import type { EngineChoice } from "../policy/protocol.js";
import type { TrainListener } from "../run/events.js";
import { parseOptions } from "../run/parse-options.js";
import { encodePrompts } from "../run/prompts.js";
import { generationShape } from "./config/batch-options.js";
import { evaluatePolicy, type Evaluation } from "./evaluate-policy.js";

/** Options of an evaluation. Temperature 0 takes the most likely token each time. */
export const evaluateConfigSchema = z.strictObject({
  ...generationShape,
  temperature: z.number().min(0).default(1).describe("Divides the logits; 0 takes the most likely token."),
  maxCompletionLength: z.int().positive().default(512).describe("Most tokens of a completion."),
  numGenerations: z.int().positive().default(1).describe("Completions of each prompt."),
  limit: z.int().positive().nullable().default(null).describe("Rows to evaluate; null takes all."),
  seed: z.int().min(0).default(42).describe("Decides every sampled token."),
});

export type EvaluateConfigInput = z.input<typeof evaluateConfigSchema>;

export interface EvaluateOptions {
  /** A folder in Hugging Face layout. */
  readonly model: string;
  readonly rewards: Reward | Composite;
  readonly dataset: Dataset;
  readonly config?: EvaluateConfigInput;
  readonly engine?: EngineChoice;
  readonly signal?: AbortSignal;
  readonly onEvent?: TrainListener;
}

/** Generates for every row and scores the completions. A reward that fails ends the evaluation. */
export const evaluate = async (options: EvaluateOptions): Promise<Evaluation> => {
  const config = parseOptions(evaluateConfigSchema, options.config ?? {}, "Evaluation options");
  const checked = await checkDataset(options.dataset, options.rewards);
  const rows = config.limit === null ? checked.rows : checked.rows.slice(0, config.limit);
  if (rows.length === 0) throw new PavlovError(`The dataset ${checked.name} is empty: there is nothing to evaluate.`);
  const scorer = createScorer(options.rewards, { onError: "fail", seed: config.seed });
  const [policy, tokenizer] = await Promise.all([
    startPolicy({ model: options.model, engine: options.engine ?? { kind: "onnxruntime" }, reference: false }),
    loadTokenizer(options.model),
  ]);
  try {
    await scorer.setup();
    const limits = { maxPositions: policy.info.maxPositions, maxCompletionLength: config.maxCompletionLength };
    return await evaluatePolicy({
      policy,
      tokenizer,
      scorer,
      prompts: await encodePrompts({ ...checked, rows }, tokenizer, limits),
      config,
      numGenerations: config.numGenerations,
      step: 0,
      ...(options.signal ? { signal: options.signal } : {}),
      onProgress: (done, total) =>
        options.onEvent?.({ type: "progress", step: 0, maxSteps: 0, phase: "evaluate", done, total }),
    });
  } finally {
    await policy.dispose();
    await scorer.dispose();
  }
};
