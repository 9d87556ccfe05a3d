import { describe, expect, test } from "vitest";
import { PavlovError } from "@pavlov/core";
import { tinyConfigJson } from "../tiny-model.test.fixture.js";
import { knownModelTypes, parseModelConfig } from "./index.js";

const parse = (changes: Record<string, unknown>) => parseModelConfig(tinyConfigJson(changes), "model/config.json");

describe("a config.json of", () => {
  test("llama is read with its grouped heads and its head dimension from the width", () => {
    const config = parse({ eos_token_id: [2, 7] });
    expect(config).toMatchObject({
      family: "llama",
      vocabularySize: 23,
      hiddenSize: 16,
      attentionHeads: 4,
      keyValueHeads: 2,
      headDimension: 4,
      attentionScale: 0.5,
      attentionBias: false,
      tiedEmbeddings: false,
      eosTokenIds: [2, 7],
      padTokenId: 0,
    });
    expect(config.attentionTypes).toEqual(["full", "full"]);
  });

  test("qwen2 has biases on query, key and value only", () => {
    expect(parse({ model_type: "qwen2" })).toMatchObject({ attentionBias: true, attentionOutputBias: false });
  });

  test("qwen2 with windows has them from max_window_layers on", () => {
    const config = parse({ model_type: "qwen2", use_sliding_window: true, sliding_window: 8, max_window_layers: 1 });
    expect(config.attentionTypes).toEqual(["full", "sliding"]);
    expect(config.slidingWindow).toBe(8);
  });

  test("qwen3 normalises heads and has its own head dimension", () => {
    expect(parse({ model_type: "qwen3", head_dim: 6 })).toMatchObject({
      queryKeyNorm: true,
      headDimension: 6,
      attentionBias: false,
    });
  });

  test("mistral without a window sees everything", () => {
    expect(parse({ model_type: "mistral", sliding_window: null }).attentionTypes).toEqual(["full", "full"]);
    expect(parse({ model_type: "mistral", sliding_window: 9 }).attentionTypes).toEqual(["sliding", "sliding"]);
  });

  test("gemma 3 has two rotary bases, scaled embeddings and weights around 0", () => {
    const config = parse({
      model_type: "gemma3_text",
      num_hidden_layers: 3,
      sliding_window_pattern: 3,
      rope_parameters: undefined,
      rope_theta: 1e6,
      query_pre_attn_scalar: 64,
    });
    expect(config).toMatchObject({ normOffset: 1, sandwichNorm: true, embeddingScale: 4, attentionScale: 0.125 });
    expect(config.rotary.full.theta).toBe(1e6);
    expect(config.rotary.sliding.theta).toBe(10_000);
    expect(config.attentionTypes).toEqual(["sliding", "sliding", "full"]);
  });

  test("transformers 4, with rope_theta and rope_scaling, means the same as one of transformers 5", () => {
    const scaling = { factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 32 };
    const four = parse({
      rope_parameters: undefined,
      rope_theta: 500,
      rope_scaling: { rope_type: "llama3", ...scaling },
    });
    const five = parse({ rope_parameters: { rope_type: "llama3", rope_theta: 500, ...scaling } });
    expect(four.rotary).toEqual(five.rotary);
    expect(parse({ rope_parameters: undefined, rope_scaling: { type: "linear", factor: 2 } }).rotary.full).toEqual({
      theta: 10_000,
      scaling: { type: "linear", factor: 2 },
    });
  });
});

describe("a config.json is refused with the field and its value:", () => {
  test.each<[Record<string, unknown>, string]>([
    [
      { model_type: "qwen4" },
      '"qwen4" is not known; the known ones are llama, qwen2, qwen3, mistral, gemma3_text. Did you mean',
    ],
    [{ model_type: "bert" }, 'the model family "bert" is not known'],
    [{ model_type: undefined }, "`model_type` is missing"],
    [
      { hidden_size: undefined },
      "model/config.json: `hidden_size` is missing; it must be a whole number from 1 to 2147483648.",
    ],
    [{ num_hidden_layers: 1.5 }, "`num_hidden_layers` is 1.5"],
    [{ num_hidden_layers: 1e9 }, "`num_hidden_layers` is 1000000000; it must be a whole number from 1 to 1000."],
    [{ hidden_act: "gelu" }, '`hidden_act` is "gelu", but only silu is supported'],
    [{ partial_rotary_factor: 0.5 }, "`partial_rotary_factor` is 0.5"],
    [{ vocab_size: "many" }, '`vocab_size` is "many"'],
    [{ num_key_value_heads: 3 }, "`num_key_value_heads` is 3, which does not divide num_attention_heads, 4"],
    [{ head_dim: 5 }, "the head dimension is 5; rotary embeddings need an even one"],
    [
      { rope_parameters: { rope_type: "yarn", factor: 2 } },
      '`rope_type` is "yarn", but only default, linear and llama3',
    ],
    [{ rope_parameters: { rope_type: "llama3", factor: 2 } }, "`low_freq_factor` is missing"],
    [{ eos_token_id: "</s>" }, '`eos_token_id` is "</s>"'],
    [{ model_type: "qwen3", layer_types: ["full_attention"] }, "one entry for each of the 2 layers"],
    [
      { model_type: "gemma3_text", final_logit_softcapping: 30 },
      "`final_logit_softcapping` is 30, but soft-capping is not supported",
    ],
  ])("%j", (changes, message) => {
    const attempt = () => parse(changes);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(PavlovError);
  });

  test("one that is no object", () => {
    expect(() => parseModelConfig([], "x/config.json")).toThrow("x/config.json must contain a JSON object");
  });
});

test("every known family reads a plain config.json", () => {
  for (const modelType of knownModelTypes) expect(parse({ model_type: modelType }).family).toBe(modelType);
});
