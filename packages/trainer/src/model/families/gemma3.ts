// Gemma 3, text only: norms around each block, weights stored around 0, scaled embeddings, two rotary bases.
// Follows transformers' modeling_gemma3.py (Gemma3ForCausalLM).
import type { RotaryConfig } from "../config.js";
import { ConfigReader } from "../config-reader.js";
import type { Family } from "./family.js";
import { readActivation, readAttentionTypes, readCommon } from "./read-common.js";
import { readRotary, readScaling } from "./read-rotary.js";

/** Gemma 3 text models. */
export const gemma3: Family = {
  modelType: "gemma3_text",
  architecture: "Gemma3ForCausalLM",
  read(reader) {
    for (const key of ["attn_logit_softcapping", "final_logit_softcapping"]) {
      if (reader.has(key)) throw reader.refuse(key, "but soft-capping is not supported");
    }
    if (reader.boolean("use_bidirectional_attention", false)) {
      throw reader.refuse("use_bidirectional_attention", "but only causal models can be trained");
    }
    // The two rotary settings are read apart; what is left is in the older layout.
    const older = new ConfigReader({ ...reader.json, rope_parameters: null }, reader.source);
    const nested = reader.object("rope_parameters");
    const common = readCommon(older, { maxPositions: 131_072, headDimension: 256, tiedEmbeddings: true });
    const attentionBias = reader.boolean("attention_bias", false);
    const pattern = reader.size("sliding_window_pattern", reader.size("_sliding_window_pattern", 6));
    const slidingWindow = reader.size("sliding_window", 4096);
    return {
      ...common,
      rotary: {
        full: rotaryOf(nested?.object("full_attention"), readRotary(older, 1_000_000)),
        sliding: rotaryOf(nested?.object("sliding_attention"), {
          theta: reader.positive("rope_local_base_freq", 10_000),
          scaling: null,
        }),
      },
      attentionTypes: readAttentionTypes(reader, { ...common, slidingWindow }, (layer) =>
        (layer + 1) % pattern === 0 ? "full" : "sliding",
      ),
      slidingWindow,
      attentionScale: reader.positive("query_pre_attn_scalar", 256) ** -0.5,
      attentionBias,
      attentionOutputBias: attentionBias,
      queryKeyNorm: true,
      sandwichNorm: true,
      normOffset: 1,
      activation: readActivation(reader, "hidden_activation", "gelu_pytorch_tanh"),
      embeddingScale: Math.sqrt(common.hiddenSize),
    };
  },
};

function rotaryOf(parameters: ConfigReader | null | undefined, fallback: RotaryConfig): RotaryConfig {
  if (!parameters) return fallback;
  return { theta: parameters.positive("rope_theta", fallback.theta), scaling: readScaling(parameters) };
}
