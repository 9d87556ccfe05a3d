// Qwen2 and Qwen2.5: Llama with biases on query, key and value. Follows transformers' modeling_qwen2.py.
import { readAttentionTypes, readCommon, requireActivation } from "../config.js";
import type { Family } from "./family.js";

/** Qwen2 and Qwen2.5. */
export const qwen2: Family = {
  modelType: "qwen2",
  architecture: "Qwen2ForCausalLM",
  read(reader) {
    requireActivation(reader, "hidden_act", "silu");
    const common = readCommon(reader);
    const windowed = reader.boolean("use_sliding_window", false);
    const firstWindowed = windowed ? reader.number("max_window_layers", 28) : common.layers;
    return {
      ...common,
      attentionBias: true,
      slidingWindow: windowed ? reader.size("sliding_window", 4096) : null,
      attentionTypes:
        readAttentionTypes(reader, common.layers) ??
        common.attentionTypes.map((_, layer) => (layer < firstWindowed ? "full" : "sliding")),
    };
  },
};
