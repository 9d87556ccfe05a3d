// The known model families. A new one is a file beside this one and a line in the list.
import { PavlovError, suggestion } from "@pavlov/core";
import type { JsonObject, ModelConfig } from "../config.js";
import { ConfigReader } from "../config-reader.js";
import type { Family } from "./family.js";
import { gemma3 } from "./gemma3.js";
import { llama } from "./llama.js";
import { mistral } from "./mistral.js";
import { qwen2 } from "./qwen2.js";
import { qwen3 } from "./qwen3.js";

const families: readonly Family[] = [llama, qwen2, qwen3, mistral, gemma3];

/** The `model_type`s that can be loaded. */
export const knownModelTypes: readonly string[] = families.map((family) => family.modelType);

/**
 * Reads the contents of a config.json. `source` names the file in errors. Throws a PavlovError for an unknown
 * `model_type` (with the known ones and the nearest) and for fields that are missing or unsupported.
 */
export function parseModelConfig(json: unknown, source = "config.json"): ModelConfig {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new PavlovError(`${source} must contain a JSON object.`);
  }
  const reader = new ConfigReader(json as JsonObject, source);
  const family = familyOf(reader.text("model_type"), source);
  refuseQuantized(reader);
  refuseExperts(reader);
  return family.read(reader);
}

function familyOf(modelType: string, source: string): Family {
  const family = families.find((candidate) => candidate.modelType === modelType);
  if (family) return family;
  throw new PavlovError(
    `${source}: the model family ${JSON.stringify(modelType.slice(0, 80))} is not known; the known ones are ` +
      `${knownModelTypes.join(", ")}.${suggestion(modelType.slice(0, 80), knownModelTypes)}`,
  );
}

function refuseQuantized(reader: ConfigReader): void {
  const settings = reader.object("quantization_config");
  if (settings === null) return;
  const method = settings.has("quant_method") ? settings : null;
  throw (method ?? reader).refuse(
    method ? "quant_method" : "quantization_config",
    "but quantized weights cannot be trained",
    "Take the model that it was quantized from, in float32, float16 or bfloat16.",
  );
}

/** Fields by which mixtures of experts give themselves away, whatever their `model_type`. */
const expertCounts = ["num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts"];

function refuseExperts(reader: ConfigReader): void {
  for (const key of expertCounts) {
    if (reader.has(key) && reader.count(key) > 0) {
      throw reader.refuse(key, "but mixtures of experts are not supported");
    }
  }
}
