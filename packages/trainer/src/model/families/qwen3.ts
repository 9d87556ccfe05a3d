// Qwen3 (dense): Qwen2 without biases, each head's query and key normalised. Follows transformers' modeling_qwen3.py.
import type { Family } from "./family.js";
import { readQwen } from "./qwen2.js";

/** Qwen3, dense. */
export const qwen3: Family = {
  modelType: "qwen3",
  architecture: "Qwen3ForCausalLM",
  read(reader) {
    const attentionBias = reader.boolean("attention_bias", false);
    return { ...readQwen(reader, 128), attentionBias, attentionOutputBias: attentionBias, queryKeyNorm: true };
  },
};
