// Qwen2 and Qwen2.5: Llama with biases on query, key and value. Follows transformers' modeling_qwen2.py.
import type { ModelConfig } from "../config.js";
import type { ConfigReader } from "../config-reader.js";
import type { Family } from "./family.js";
import { readActivation, readAttentionTypes, readCommon } from "./read-common.js";

/** Qwen2 and Qwen2.5. */
export const qwen2: Family = {
  modelType: "qwen2",
  architecture: "Qwen2ForCausalLM",
  read: (reader) => ({ ...readQwen(reader), attentionBias: true }),
};

/** What the second and the third generation share: windows from a certain layer on. */
export function readQwen(reader: ConfigReader, headDimension?: number): ModelConfig {
  const common = readCommon(reader, {
    maxPositions: 32_768,
    ...(headDimension === undefined ? {} : { headDimension }),
  });
  const windowed = reader.boolean("use_sliding_window", false) && reader.json["sliding_window"] !== null;
  const slidingWindow = windowed ? reader.size("sliding_window", 4096) : null;
  const firstWindowed = windowed ? reader.count("max_window_layers", 28) : common.layers;
  return {
    ...common,
    activation: readActivation(reader, "hidden_act", "silu"),
    slidingWindow,
    attentionTypes: readAttentionTypes(reader, { ...common, slidingWindow }, (layer) =>
      layer < firstWindowed ? "full" : "sliding",
    ),
  };
}
