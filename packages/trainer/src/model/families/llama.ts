// Llama and its relatives (SmolLM2, TinyLlama, Llama 3): follows transformers' LlamaConfig and modeling_llama.py.
import type { Family } from "./family.js";
import { readActivation, readCommon } from "./read-common.js";

/** Llama and its relatives. */
export const llama: Family = {
  modelType: "llama",
  architecture: "LlamaForCausalLM",
  read(reader) {
    const attentionBias = reader.boolean("attention_bias", false);
    return {
      ...readCommon(reader, { maxPositions: 2048 }),
      activation: readActivation(reader, "hidden_act", "silu"),
      attentionBias,
      attentionOutputBias: attentionBias,
      feedForwardBias: reader.boolean("mlp_bias", false),
    };
  },
};
