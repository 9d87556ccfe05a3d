// Qwen3 (dense): Qwen2 without biases, each head's query and key normalised. Follows transformers' modeling_qwen3.py.
import type { Family } from "./family.js";
import { qwen2 } from "./qwen2.js";

/** Qwen3, dense. */
export const qwen3: Family = {
  modelType: "qwen3",
  architecture: "Qwen3ForCausalLM",
  read(reader) {
    const attentionBias = reader.boolean("attention_bias", false);
    const headDimension = reader.size("head_dim", 128);
    return {
      ...qwen2.read(reader),
      headDimension,
      attentionScale: 1 / Math.sqrt(headDimension),
      attentionBias,
      attentionOutputBias: attentionBias,
      queryKeyNorm: true,
    };
  },
};
