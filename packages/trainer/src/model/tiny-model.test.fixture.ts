// Small random models for tests: every family's features at sizes that run in milliseconds.
import type { Buffers, Engine } from "../engine/engine.js";
import type { JsonObject, ModelConfig } from "./config.js";
import { parseModelConfig } from "./families/index.js";
import { initialize } from "./initialize.js";
import type { Parameter } from "./parameters.js";

/** A Llama-like config.json; `changes` override fields. */
export function tinyConfigJson(changes: JsonObject = {}): JsonObject {
  return {
    model_type: "llama",
    vocab_size: 23,
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 64,
    rms_norm_eps: 1e-6,
    rope_parameters: { rope_type: "default", rope_theta: 10_000 },
    initializer_range: 0.3,
    tie_word_embeddings: false,
    eos_token_id: 2,
    pad_token_id: 0,
    ...changes,
  };
}

export interface TinyModel {
  readonly config: ModelConfig;
  readonly parameters: Record<string, Parameter>;
}

/** A model whose weights, biases and norms are all random, so that each of them matters. */
export function tinyModel(changes: JsonObject = {}, seed = 1): TinyModel {
  const config = parseModelConfig(tinyConfigJson(changes));
  const parameters = initialize(config, seed);
  const noise = initialize({ ...config, initializerRange: 0.2 }, seed + 1);
  const source = noise["model.embed_tokens.weight"]?.data ?? new Float32Array();
  for (const { data, shape } of Object.values(parameters)) {
    if (shape.length === 1) data.forEach((value, index) => (data[index] = value + (source[index] as number)));
  }
  return { config, parameters };
}

export function weightBuffers(engine: Engine, parameters: TinyModel["parameters"]): Buffers {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { data, shape }]) => [name, engine.buffer(data, shape)]),
  );
}
