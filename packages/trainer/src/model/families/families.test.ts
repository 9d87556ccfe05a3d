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

describe("a config.json may leave out", () => {
  test("key and value heads, which are then as many as the others, and the head's size", () => {
    const config = parse({ num_key_value_heads: undefined, head_dim: null });
    expect([config.keyValueHeads, config.headDimension]).toEqual([4, 4]);
    expect(parse({ model_type: "qwen3" }).headDimension).toBe(128);
    expect(parse({ head_dim: 6, hidden_size: 18 }).headDimension).toBe(6);
  });

  test("the context, which is then the family's", () => {
    const context = (modelType: string) =>
      parse({ model_type: modelType, max_position_embeddings: undefined }).maxPositions;
    expect(knownModelTypes.map(context)).toEqual([2048, 32_768, 32_768, 131_072, 131_072]);
  });

  test("whether the head is tied, which it is for Gemma alone", () => {
    const tied = (modelType: string) => parse({ model_type: modelType, tie_word_embeddings: undefined }).tiedEmbeddings;
    expect(knownModelTypes.map(tied)).toEqual([false, false, false, false, true]);
  });
});

describe("what a config.json says is followed:", () => {
  test("biases", () => {
    expect(parse({ attention_bias: true, mlp_bias: true })).toMatchObject({
      attentionBias: true,
      attentionOutputBias: true,
      feedForwardBias: true,
    });
    expect(parse({ model_type: "qwen3", attention_bias: true })).toMatchObject({ attentionOutputBias: true });
  });

  test("activations, under each of their names", () => {
    expect(parse({ hidden_act: "swish" }).activation).toBe("silu");
    expect(parse({ hidden_act: "gelu_new" }).activation).toBe("gelu-tanh");
    expect(parse({ model_type: "gemma3_text" }).activation).toBe("gelu-tanh");
  });

  test("windows by layer", () => {
    const layer_types = ["sliding_attention", "full_attention"];
    const windowed = { use_sliding_window: true, sliding_window: 8, layer_types };
    expect(parse({ model_type: "qwen3", ...windowed }).attentionTypes).toEqual(["sliding", "full"]);
    expect(parse({ model_type: "gemma3_text", layer_types }).attentionTypes).toEqual(["sliding", "full"]);
    const off = parse({ model_type: "qwen2", use_sliding_window: false, sliding_window: 8, max_window_layers: 1 });
    expect([off.attentionTypes, off.slidingWindow]).toEqual([["full", "full"], null]);
  });

  test("the two rotary settings of Gemma 3, in the layout of transformers 5", () => {
    const rope_parameters = {
      full_attention: { rope_type: "linear", factor: 8, rope_theta: 5e5 },
      sliding_attention: { rope_type: "default", rope_theta: 2e4 },
    };
    expect(parse({ model_type: "gemma3_text", rope_parameters }).rotary).toEqual({
      full: { theta: 5e5, scaling: { type: "linear", factor: 8 } },
      sliding: { theta: 2e4, scaling: null },
    });
  });

  test("no padding token, written as −1", () => {
    expect(parse({ pad_token_id: -1 }).padTokenId).toBeNull();
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
      "model/config.json: `hidden_size` is missing; it must be a whole number from 1 to 1048576.",
    ],
    [{ num_hidden_layers: 1.5 }, "`num_hidden_layers` is 1.5"],
    [{ num_hidden_layers: 1e9 }, "`num_hidden_layers` is 1000000000; it must be a whole number from 1 to 1000."],
    [{ hidden_act: "gelu" }, '`hidden_act` is "gelu", but only silu, swish, gelu_pytorch_tanh'],
    [{ partial_rotary_factor: 0.5 }, "`partial_rotary_factor` is 0.5"],
    [{ vocab_size: "many" }, '`vocab_size` is "many"'],
    [{ num_key_value_heads: 3 }, "`num_key_value_heads` is 3, which does not divide num_attention_heads, 4"],
    [{ head_dim: 5 }, "the head dimension is 5; rotary embeddings need an even one"],
    [
      { rope_parameters: { rope_type: "yarn", factor: 2 } },
      '`rope_type` is "yarn", but only default, linear and llama3',
    ],
    [{ rope_parameters: { rope_type: "llama3", factor: 2 } }, "`low_freq_factor` is missing"],
    [
      { num_attention_heads: 3, num_key_value_heads: 3 },
      "`num_attention_heads` is 3, which does not divide hidden_size",
    ],
    [{ hidden_size: 1e9 }, "`hidden_size` is 1000000000; it must be a whole number from 1 to 1048576."],
    [{ vocab_size: 1e12 }, "`vocab_size` is 1000000000000; it must be a whole number from 1 to 16777216."],
    [{ tie_word_embeddings: "yes" }, '`tie_word_embeddings` is "yes"; it must be true or false.'],
    [{ rms_norm_eps: 0 }, "`rms_norm_eps` is 0; it must be a number above 0."],
    [{ rope_parameters: 3 }, "`rope_parameters` is 3; it must be an object."],
    [{ rope_parameters: null, rope_scaling: { type: "dynamic", factor: 2 } }, '`type` is "dynamic", but only default'],
    [{ rope_parameters: { rope_type: "longrope" } }, '`rope_type` is "longrope", but only default'],
    [{ rope_parameters: { rope_theta: -1 } }, "rope_parameters of model/config.json: `rope_theta` is -1"],
    [{ rope_parameters: { rope_type: "linear" } }, "`factor` is missing; it must be a number"],
    [{ rope_parameters: { full_attention: {} } }, "but this family has one rotary setting for all its layers"],
    [
      {
        rope_parameters: {
          ...{ rope_type: "llama3", factor: 2, low_freq_factor: 4, high_freq_factor: 4 },
          original_max_position_embeddings: 32,
        },
      },
      "`high_freq_factor` is 4, but it must exceed low_freq_factor, 4",
    ],
    [{ quantization_config: { quant_method: "gptq" } }, '`quant_method` is "gptq", but quantized weights cannot'],
    [{ quantization_config: { bits: 4 } }, '`quantization_config` is {"bits":4}, but quantized weights cannot'],
    [{ num_local_experts: 8 }, "`num_local_experts` is 8, but mixtures of experts are not supported"],
    [
      { model_type: "qwen2", layer_types: ["sliding_attention", "full_attention"] },
      "but the config has no sliding window",
    ],
    [
      { model_type: "mistral", layer_types: ["sliding_attention", "full_attention"] },
      "but all layers of a Mistral model attend alike",
    ],
    [
      { model_type: "qwen3", layer_types: ["chunked_attention", "full_attention"] },
      "but only full_attention and sliding",
    ],
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
