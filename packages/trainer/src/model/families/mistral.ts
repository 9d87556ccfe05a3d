// Mistral: Llama whose every layer may see a sliding window only. Follows transformers' modeling_mistral.py.
import type { Family } from "./family.js";
import { readActivation, readAttentionTypes, readCommon } from "./read-common.js";

/** Mistral. */
export const mistral: Family = {
  modelType: "mistral",
  architecture: "MistralForCausalLM",
  read(reader) {
    const common = readCommon(reader, { maxPositions: 131_072 });
    const slidingWindow = reader.json["sliding_window"] === null ? null : reader.size("sliding_window", 4096);
    const everyLayer = slidingWindow === null ? "full" : "sliding";
    const attentionTypes = readAttentionTypes(reader, { ...common, slidingWindow }, () => everyLayer);
    if (attentionTypes.some((type) => type !== everyLayer)) {
      throw reader.refuse("layer_types", "but all layers of a Mistral model attend alike");
    }
    return {
      ...common,
      activation: readActivation(reader, "hidden_act", "silu"),
      slidingWindow,
      attentionTypes,
    };
  },
};
