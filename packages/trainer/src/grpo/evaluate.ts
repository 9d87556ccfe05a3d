/** Evaluates a saved model under a composite of rewards. */
import type { Composite, Dataset, ErrorPolicy, Reward } from "@pavlov/core";
import { checkDataset, createScorer, PavlovError } from "@pavlov/core";
import { z } from "zod";
import { chatTemplateShape } from "../model/chat-template.js";
import type { HubOptions } from "../hub/settings.js";
import type { EngineChoice } from "../device/open-engine.js";
import { resolveEngine } from "../device/resolve-engine.js";
import { withPolicy } from "../policy/with-policy.js";
import type { TrainListener } from "../run/events.js";
import { parseOptions } from "../run/parse-options.js";
import { encodePrompts, promptLimits } from "../run/prompts.js";
import { generationShape } from "../rollout/sampling-options.js";
import { evaluatePolicy, type Evaluation } from "./evaluate-policy.js";

/** Options of an evaluation. Temperature 0 takes the most likely token each time. */
export const evaluateConfigSchema = z.strictObject({
  ...generationShape,
  ...chatTemplateShape,
  temperature: z.number().min(0).default(1).describe("Divides the logits; 0 takes the most likely token."),
  maxCompletionLength: z.int().positive().default(512).describe("Most tokens of a completion."),
  numGenerations: z.int().positive().default(1).describe("Completions of each prompt."),
  limit: z.int().positive().nullable().default(null).describe("Rows to evaluate; null takes all."),
  seed: z.int().min(0).default(42).describe("Decides every sampled token."),
});

export type EvaluateConfigInput = z.input<typeof evaluateConfigSchema>;

/** What differs between evaluations of one model. What is left out is as in `config`. */
export type EvaluateSampling = Pick<
  EvaluateConfigInput,
  "temperature" | "topK" | "topP" | "minP" | "repetitionPenalty" | "numGenerations" | "seed"
>;

export interface EvaluateOptions {
  /** A folder in Hugging Face layout, that of an adapter in PEFT's layout, or the id of either on the hub. */
  readonly model: string;
  /** An adapter for `model`: its folder, or its id on the hub. */
  readonly adapter?: string;
  readonly rewards: Reward | Composite;
  readonly dataset: Dataset;
  readonly config?: EvaluateConfigInput;
  /** For rewards that name no policy of their own. Default `fail`: a reward that fails ends the evaluation. */
  readonly onError?: ErrorPolicy;
  /** How models of the hub are asked for: the token, the cache, whether only the cache may be used. */
  readonly hub?: HubOptions;
  /** A folder that results of cacheable rewards are kept in (see `createScorer`). Without one nothing is kept. */
  readonly rewardCache?: string;
  readonly engine?: EngineChoice;
  readonly signal?: AbortSignal;
  readonly onEvent?: TrainListener;
}

/** Generates for every row and scores the completions. */
export const evaluate = async (options: EvaluateOptions): Promise<Evaluation> => {
  const [evaluation] = await evaluateSamplings(options, [{}]);
  return evaluation as Evaluation;
};

/**
 * Evaluates one model several times, sampling otherwise each time, such as at temperature 1 and at 0. The model is
 * loaded once. Returns one evaluation for each sampling, in their order.
 */
export const evaluateSamplings = async (
  options: EvaluateOptions,
  samplings: readonly EvaluateSampling[],
): Promise<readonly Evaluation[]> => {
  const {
    model,
    adapter = null,
    rewards,
    onError = "fail",
    engine: choice = {},
    rewardCache: cache,
    signal,
    onEvent,
  } = options;
  const parse = (config: EvaluateConfigInput) => parseOptions(evaluateConfigSchema, config, "Evaluation options");
  const shared = parse(options.config ?? {});
  const configs = samplings.map((sampling) => parse({ ...options.config, ...sampling }));
  const checked = await checkDataset(options.dataset, rewards);
  const rows = shared.limit === null ? checked.rows : checked.rows.slice(0, shared.limit);
  if (rows.length === 0) throw new PavlovError(`The dataset ${checked.name} is empty: there is nothing to evaluate.`);
  const scorer = createScorer(rewards, {
    onError,
    seed: shared.seed,
    log: (reward, message) => onEvent?.({ type: "log", reward, message }),
    ...(cache === undefined ? {} : { cache }),
  });
  try {
    const engine = await resolveEngine(choice, onEvent);
    return await withPolicy(
      { model, adapter, engine, reference: false },
      async (policy, tokenizer) => {
        onEvent?.({ type: "device", engine: policy.info.engine, device: policy.info.device });
        await scorer.setup();
        const limits = promptLimits(policy.info, shared);
        const prompts = await encodePrompts({ ...checked, rows }, tokenizer, limits);
        const evaluations: Evaluation[] = [];
        for (const config of configs) {
          const evaluation = await evaluatePolicy({
            ...{ policy, tokenizer, scorer, prompts, config },
            numGenerations: config.numGenerations,
            step: 0,
            ...(signal ? { signal } : {}),
            onProgress: (done, total) =>
              onEvent?.({ type: "progress", step: 0, maxSteps: 0, phase: "evaluate", done, total }),
          });
          evaluations.push(evaluation);
        }
        return evaluations;
      },
      { signal, onEvent, ...options.hub },
    );
  } finally {
    await scorer.dispose();
  }
};
