// Tiny models with both training passes, and token rows whose groups are uneven and shuffled.
import type { Buffers, Engine } from "../../engine/engine.js";
import { grpoConfigSchema, lossOptions, type GRPOConfigInput } from "../../grpo/config.js";
import type { JsonObject } from "../../model/config.js";
import { adaptedLinear, linear } from "../../model/linear.js";
import { tinyModel, weightBuffers } from "../../model/tiny-model.test.fixture.js";
import type { LossSpec } from "../loss-spec.js";
import type { AccumulateRequest, TokenRow } from "../protocol.js";
import type { TrainingPass, TrainingPassOptions } from "../training-pass.js";
import { createWholePass } from "../whole-pass.js";
import { createLayeredPass, type LayeredPassOptions } from "./layered-pass.js";

/** Every family, and what makes its layers differ from one another. */
export const FAMILIES: Readonly<Record<string, JsonObject>> = {
  llama: { model_type: "llama" },
  "llama with a tied head": { model_type: "llama", tie_word_embeddings: true },
  qwen2: { model_type: "qwen2", tie_word_embeddings: true },
  qwen3: { model_type: "qwen3", head_dim: 6 },
  "mistral with a window": { model_type: "mistral", sliding_window: 5 },
  gemma3: {
    model_type: "gemma3_text",
    tie_word_embeddings: true,
    head_dim: 6,
    hidden_activation: "gelu_pytorch_tanh",
    num_hidden_layers: 3,
    sliding_window: 4,
    sliding_window_pattern: 3,
    rope_parameters: undefined,
  },
};

/** Four prompts, one of a single token, with 3, 2, 1 and 1 completions in no order; one row is masked. */
export const ROWS: readonly TokenRow[] = (() => {
  const prompts = [[3, 4, 5, 6, 7, 8, 9], [10], [3, 4, 5], [11, 12, 13, 14, 15, 16, 17, 18, 19, 20]];
  const plan: readonly (readonly [number, number, number])[] = [
    [0, 4, 1.2],
    [2, 9, -0.7],
    [0, 1, -0.4],
    [1, 3, 0.9],
    [3, 6, -1.1],
    [0, 7, 0.3],
    [2, 2, 0.5],
  ];
  return plan.map(([prompt, length, advantage], row) => {
    const series = (start: number, step: number) =>
      Array.from({ length }, (_, token) => start - 0.3 * Math.sin(1 + row * step + token));
    return {
      promptIds: prompts[prompt] as number[],
      completionIds: Array.from({ length }, (_, token) => 1 + ((row * 5 + token * 7) % 22)),
      advantage,
      masked: row === 4,
      oldLogProbabilities: series(-3, 2),
      referenceLogProbabilities: series(-3.1, 3),
      samplingLogProbabilities: series(-3.05, 5),
    };
  });
})();

export const grpoLoss = (config: GRPOConfigInput = {}): LossSpec => ({
  kind: "grpo",
  options: lossOptions(grpoConfigSchema.parse(config)),
  temperature: config.temperature ?? 1,
  itemsInBatch: 26,
  gradientAccumulationSteps: 2,
  stepsPerGeneration: 1,
  entropyCoefficient: 0.02,
});

export interface Passes {
  readonly whole: TrainingPass;
  readonly layered: TrainingPass;
  readonly weights: Buffers;
  readonly options: TrainingPassOptions;
}

/** So few bytes that a chunk of the head has 16 tokens, and the last one fewer. */
export const SMALL_CHUNKS = { scoreBytes: 1 };

/** Both passes over one tiny model. `lora` adapts queries, values and the feed-forward block, and freezes the rest. */
export const passesOf = (
  engine: Engine,
  changes: JsonObject,
  layeredOptions: Partial<LayeredPassOptions> = {},
  lora = false,
): Passes => {
  const { config, parameters } = tinyModel(changes);
  const all = { ...parameters };
  const adapters: string[] = [];
  for (const [name, { shape }] of Object.entries(parameters)) {
    if (!lora || !/(q_proj|v_proj|down_proj)\.weight$/.test(name)) continue;
    const [outputs, inputs] = shape as [number, number];
    const base = name.slice(0, -".weight".length);
    for (const [suffix, size] of [
      ["lora_A", [3, inputs]],
      ["lora_B", [outputs, 3]],
    ] as const) {
      const count = size[0] * size[1];
      const data = Float32Array.from({ length: count }, (_, index) => 0.2 * Math.sin(index * 1.7 + adapters.length));
      adapters.push(`${base}.${suffix}.weight`);
      all[`${base}.${suffix}.weight`] = { shape: size, data };
    }
  }
  const shapes = Object.fromEntries(Object.entries(all).map(([name, { shape }]) => [name, shape]));
  const options: TrainingPassOptions = {
    engine,
    config,
    parameters: shapes,
    trainable: lora ? adapters : Object.keys(shapes),
    linear: lora ? adaptedLinear(1.5) : linear,
    padTokenId: 0,
  };
  const [whole, layered] = [createWholePass(options), createLayeredPass({ ...options, ...layeredOptions })];
  made.push(whole, layered);
  return { whole, layered, weights: weightBuffers(engine, all), options };
};

const made: TrainingPass[] = [];

/** Ends the programs of all passes that were made, each of which has threads. */
export const releaseAll = (): void => {
  for (const pass of made.splice(0)) pass.release();
};

/** Loss, metrics and gradients as plain numbers. */
export const accumulated = async (pass: TrainingPass, weights: Buffers, call: AccumulateRequest) => {
  const { gradients, ...reply } = await pass.accumulate(call, weights);
  const values: Record<string, number[]> = {};
  for (const [name, buffer] of Object.entries(gradients ?? {})) values[name] = Array.from(await buffer.read());
  return { ...reply, gradients: gradients === null ? null : values };
};
