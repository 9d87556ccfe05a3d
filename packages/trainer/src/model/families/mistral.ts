// Mistral: Llama whose every layer may see a sliding window only. Follows transformers' modeling_mistral.py.
import { readCommon, requireActivation } from "../config.js";
import type { Family } from "./family.js";

/** Mistral. */
export const mistral: Family = {
  modelType: "mistral",
  architecture: "MistralForCausalLM",
  read(reader) {
    requireActivation(reader, "hidden_act", "silu");
    const common = readCommon(reader);
    const slidingWindow = reader.json["sliding_window"] === null ? null : reader.size("sliding_window", 4096);
    return {
      ...common,
      slidingWindow,
      attentionTypes: common.attentionTypes.map(() => (slidingWindow === null ? "full" : "sliding")),
    };
  },
};
