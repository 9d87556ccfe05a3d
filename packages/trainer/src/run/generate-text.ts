/** Completions of a saved model for given prompts: what `pavlov generate` calls. */
import type { Message } from "@pavlov/core";
import { z } from "zod";
import { chatTemplateShape } from "../model/chat-template.js";
import { generationShape, samplingOf } from "../rollout/sampling-options.js";
import type { HubOptions } from "../hub/settings.js";
import type { Tokenizer } from "../model/tokenizer.js";
import type { PolicyClient } from "../policy/client.js";
import type { EngineChoice } from "../device/open-engine.js";
import { resolveEngine } from "../device/resolve-engine.js";
import { withPolicy } from "../policy/with-policy.js";
import type { TrainListener } from "./events.js";
import { parseOptions } from "./parse-options.js";

/** Tokens of a completion where nobody says how many. */
const USUAL_LENGTH = 256;

export const generateConfigSchema = z.strictObject({
  ...generationShape,
  ...chatTemplateShape,
  temperature: z.number().min(0).default(1).describe("Divides the logits; 0 takes the most likely token."),
  maxCompletionLength: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe("Most tokens of a completion; null takes 256, or what the context leaves where that is less."),
  minCompletionLength: z.int().min(0).default(0).describe("Tokens before which no end-of-sequence token is drawn."),
  numGenerations: z.int().positive().default(1).describe("Completions of each prompt."),
  seed: z.int().min(0).default(42).describe("Decides every sampled token."),
});

export type GenerateConfigInput = z.input<typeof generateConfigSchema>;

export interface GenerateTextOptions {
  /** A folder in Hugging Face layout, that of an adapter in PEFT's layout, or the id of either on the hub. */
  readonly model: string;
  /** An adapter for `model`: its folder, or its id on the hub. */
  readonly adapter?: string;
  readonly prompts: readonly (string | readonly Message[])[];
  readonly config?: GenerateConfigInput;
  /** How models of the hub are asked for: the token, the cache, whether only the cache may be used. */
  readonly hub?: HubOptions;
  readonly engine?: EngineChoice;
  /** Hears what computes, and why it is not the GPU. */
  readonly onEvent?: TrainListener;
}

export interface GeneratedText {
  /** The prompt as the model read it. */
  readonly prompt: string;
  readonly completion: string;
  readonly tokenIds: readonly number[];
  readonly finishReason: "stop" | "length";
}

/** Loads the model, completes every prompt and frees it. In the prompts' order, `numGenerations` each. */
export const generateText = async (
  options: GenerateTextOptions,
): Promise<{ readonly completions: readonly GeneratedText[] }> => {
  const config = parseOptions(generateConfigSchema, options.config ?? {}, "Generation options");
  const { model, adapter = null, engine: choice = {}, onEvent } = options;
  const complete = async (policy: PolicyClient, tokenizer: Tokenizer) => {
    onEvent?.({ type: "device", engine: policy.info.engine, device: policy.info.device });
    const encoded = options.prompts.map((prompt) => tokenizer.encodePrompt(prompt, config.chatTemplateKwargs));
    const left = policy.info.maxPositions - Math.max(0, ...encoded.map(({ ids }) => ids.length));
    const completions: GeneratedText[] = [];
    await policy.generate(
      {
        prompts: encoded.map(({ ids }) => ids),
        numGenerations: config.numGenerations,
        // A prompt that fills the context is refused by name: 1 asks for the least.
        maxCompletionLength: config.maxCompletionLength ?? Math.max(1, Math.min(USUAL_LENGTH, left)),
        minCompletionLength: config.minCompletionLength,
        sampling: samplingOf(config),
        seed: config.seed,
        step: 0,
      },
      (rows) => {
        for (const { row, tokenIds, finishReason } of rows) {
          const prompt = encoded[Math.floor(row / config.numGenerations)];
          completions[row] = {
            prompt: prompt?.text ?? "",
            completion: tokenizer.decode(tokenIds),
            tokenIds,
            finishReason,
          };
        }
      },
    );
    return { completions };
  };
  const engine = await resolveEngine(choice, onEvent);
  return withPolicy({ model, adapter, engine, reference: false }, complete, options.hub);
};
