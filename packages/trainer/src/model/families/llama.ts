// Llama and its relatives (SmolLM2, TinyLlama, Llama 3): follows transformers' LlamaConfig and modeling_llama.py.
import { readCommon, requireActivation } from "../config.js";
import type { Family } from "./family.js";

/** Llama and its relatives. */
export const llama: Family = {
  modelType: "llama",
  architecture: "LlamaForCausalLM",
  read(reader) {
    requireActivation(reader, "hidden_act", "silu");
    const attentionBias = reader.boolean("attention_bias", false);
    return {
      ...readCommon(reader),
      attentionBias,
      attentionOutputBias: attentionBias,
      feedForwardBias: reader.boolean("mlp_bias", false),
    };
  },
};
