// Mistral: Llama whose every layer may see a sliding window only. Follows transformers' modeling_mistral.py.
import { readCommon } from "../config.js";
import type { Family } from "./family.js";

export const mistral: Family = {
  modelType: "mistral",
  architecture: "MistralForCausalLM",
  read(reader) {
    const common = readCommon(reader);
    const slidingWindow = reader.json["sliding_window"] === null ? null : reader.size("sliding_window", 4096);
    return {
      ...common,
      slidingWindow,
      attentionTypes: common.attentionTypes.map(() => (slidingWindow === null ? "full" : "sliding")),
    };
  },
};
