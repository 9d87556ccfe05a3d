// Rotary settings of a config.json, in transformers 5's layout (`rope_parameters`) or transformers 4's (`rope_theta`
// and `rope_scaling`). Follows modeling_rope_utils.py.
import type { RopeScaling, RotaryConfig } from "../config.js";
import type { ConfigReader } from "../config-reader.js";

/** The settings that all layers share. */
export function readRotary(reader: ConfigReader, defaultTheta = 10_000): RotaryConfig {
  const key = reader.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
  const parameters = reader.object(key);
  for (const owner of [parameters, reader]) {
    if (owner && owner.number("partial_rotary_factor", 1) !== 1) {
      throw owner.refuse("partial_rotary_factor", "but only whole heads can be rotated");
    }
  }
  if (parameters?.has("full_attention") || parameters?.has("sliding_attention")) {
    throw reader.refuse(key, "but this family has one rotary setting for all its layers");
  }
  const owner = parameters?.has("rope_theta") ? parameters : reader;
  return {
    theta: owner.positive("rope_theta", defaultTheta),
    scaling: parameters === null ? null : readScaling(parameters),
  };
}

/** The stretching of one rotary description, null for none. */
export function readScaling(parameters: ConfigReader): RopeScaling | null {
  const key = parameters.has("rope_type") ? "rope_type" : "type";
  const type = parameters.text(key, "default");
  switch (type) {
    case "default":
      return null;
    case "linear":
      return { type, factor: parameters.positive("factor") };
    case "llama3": {
      const lowFrequencyFactor = parameters.positive("low_freq_factor");
      const highFrequencyFactor = parameters.positive("high_freq_factor");
      if (highFrequencyFactor <= lowFrequencyFactor) {
        throw parameters.refuse("high_freq_factor", `but it must exceed low_freq_factor, ${lowFrequencyFactor}`);
      }
      return {
        type,
        factor: parameters.positive("factor"),
        lowFrequencyFactor,
        highFrequencyFactor,
        originalMaxPositions: parameters.size("original_max_position_embeddings"),
      };
    }
    default:
      throw parameters.refuse(key, "but only default, linear and llama3 rotary embeddings are supported");
  }
}
