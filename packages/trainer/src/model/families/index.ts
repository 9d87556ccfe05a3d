// The known model families. A new one is a file beside this one and a line in the list.
import { PavlovError, suggestion } from "@pavlov/core";
import type { JsonObject, ModelConfig } from "../config.js";
import { ConfigReader } from "../config.js";
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
  return familyOf(reader.text("model_type"), source).read(reader);
}

function familyOf(modelType: string, source: string): Family {
  const family = families.find((candidate) => candidate.modelType === modelType);
  if (family) return family;
  throw new PavlovError(
    `${source}: the model family ${JSON.stringify(modelType)} is not known; the known ones are ` +
      `${knownModelTypes.join(", ")}.${suggestion(modelType, knownModelTypes)}`,
  );
}
