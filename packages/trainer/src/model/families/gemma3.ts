// Gemma 3, text only: norms around each block, weights stored around 0, scaled embeddings, two rotary bases.
// Follows transformers' modeling_gemma3.py (Gemma3ForCausalLM).
import type { RotaryConfig } from "../config.js";
import { ConfigReader, readAttentionTypes, readCommon, readRotary, readScaling, requireActivation } from "../config.js";
import type { Family } from "./family.js";

/** Gemma 3 text models. */
export const gemma3: Family = {
  modelType: "gemma3_text",
  architecture: "Gemma3ForCausalLM",
  read(reader) {
    requireActivation(reader, "hidden_activation", "gelu_pytorch_tanh");
    const nested = reader.object("rope_parameters");
    const common = readCommon(new ConfigReader({ ...reader.json, rope_parameters: null }, reader.source));
    for (const key of ["attn_logit_softcapping", "final_logit_softcapping"]) {
      if ((reader.json[key] ?? null) !== null) throw reader.refuse(key, "but soft-capping is not supported");
    }
    if (reader.boolean("use_bidirectional_attention", false)) {
      throw reader.refuse("use_bidirectional_attention", "but only causal models can be trained");
    }
    const attentionBias = reader.boolean("attention_bias", false);
    const headDimension = reader.size("head_dim", 256);
    const pattern = reader.size("sliding_window_pattern", reader.size("_sliding_window_pattern", 6));
    return {
      ...common,
      headDimension,
      maxPositions: reader.size("max_position_embeddings", 131_072),
      rotary: {
        full: rotaryOf(nested?.object("full_attention"), readRotary(reader, 1_000_000)),
        sliding: rotaryOf(nested?.object("sliding_attention"), {
          theta: reader.number("rope_local_base_freq", 10_000),
          scaling: null,
        }),
      },
      attentionTypes:
        readAttentionTypes(reader, common.layers) ??
        common.attentionTypes.map((_, layer) => ((layer + 1) % pattern === 0 ? "full" : "sliding")),
      slidingWindow: reader.size("sliding_window", 4096),
      attentionScale: reader.number("query_pre_attn_scalar", 256) ** -0.5,
      attentionBias,
      attentionOutputBias: attentionBias,
      queryKeyNorm: true,
      sandwichNorm: true,
      normOffset: 1,
      activation: "gelu-tanh",
      embeddingScale: Math.sqrt(common.hiddenSize),
      tiedEmbeddings: reader.boolean("tie_word_embeddings", true),
    };
  },
};

function rotaryOf(parameters: ConfigReader | null | undefined, fallback: RotaryConfig): RotaryConfig {
  if (!parameters) return fallback;
  return { theta: parameters.number("rope_theta", fallback.theta), scaling: readScaling(parameters) };
}
