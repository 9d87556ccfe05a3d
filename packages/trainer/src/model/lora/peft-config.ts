// adapter_config.json as PEFT 0.21 reads and writes it. What a plain LoRA adapter needs is taken; settings that change
// the arithmetic in ways that this trainer does not know are refused by name.
import { join } from "node:path";
import { PavlovError } from "@pavlov/core";
import type { JsonObject } from "../config.js";
import { readJsonObject } from "../json-file.js";
import type { LoraSettings } from "./settings.js";

/** File names of PEFT's layout. */
export const peftFiles = { config: "adapter_config.json", weights: "adapter_model.safetensors" } as const;

/** An adapter's adapter_config.json. */
export interface PeftConfig extends LoraSettings {
  /** `lora_dropout`: counts in training only. */
  readonly dropout: number;
  /** Names that PEFT matches, or its pattern (text); null where the file has none. */
  readonly targetModules: readonly string[] | string | null;
  /** A folder or a Hugging Face id. */
  readonly base: string | null;
  /** The base model's revision on the hub. */
  readonly revision: string | null;
  /** The file as it stands. */
  readonly json: JsonObject;
}

/** Values that leave the arithmetic as it is, for fields that would change it otherwise. */
const CHANGES: Readonly<Record<string, string>> = {
  use_dora: "DoRA's magnitudes",
  lora_bias: "biases of B",
  fan_in_fan_out: "transposed weights",
  use_qalora: "QA-LoRA's groups",
  use_bdlora: "block-diagonal matrices",
  modules_to_save: "whole weights beside the matrices",
  trainable_token_indices: "trained embeddings",
  target_parameters: "parameters that are no projections",
  layer_replication: "repeated layers",
  alora_invocation_tokens: "activation by tokens",
  arrow_config: "a router of adapters",
  kasa_config: "KaSA's values",
  monteclora_config: "sampled matrices",
};

/** Ways to begin that rewrite the base model, so that an adapter means nothing without the rewritten one. */
const REWRITES_BASE = /^(pissa|olora|corda|loftq|lora_ga)/;

/**
 * Reads an adapter's settings.
 * @throws PavlovError where the folder has no adapter_config.json, or one of another kind than plain LoRA.
 */
export async function readPeftConfig(folder: string): Promise<PeftConfig> {
  const path = join(folder, peftFiles.config);
  const json = await readJsonObject(path);
  if (json === null) {
    throw new PavlovError(`${folder} is not an adapter: it has no ${peftFiles.config}.`, {
      hint: `Give a folder in PEFT's layout: ${peftFiles.config} and ${peftFiles.weights}.`,
    });
  }
  refuseOthers(json, path);
  const rank = positive(json, "r", path);
  if (!Number.isInteger(rank)) throw new PavlovError(`${path}: r is ${rank}; it must be a whole number.`);
  const targets = json["target_modules"];
  return {
    rank,
    alpha: positive(json, "lora_alpha", path),
    useRslora: json["use_rslora"] === true,
    dropout: typeof json["lora_dropout"] === "number" ? json["lora_dropout"] : 0,
    targetModules: Array.isArray(targets) ? targets.map(String) : typeof targets === "string" ? targets : null,
    base: textOrNull(json["base_model_name_or_path"]),
    revision: textOrNull(json["revision"]),
    json,
  };
}

function refuseOthers(json: JsonObject, path: string): void {
  const type = json["peft_type"];
  if (type !== "LORA") {
    throw new PavlovError(`${path}: peft_type is ${JSON.stringify(type ?? null)}; LORA is the one kind that is known.`);
  }
  const merged = "Merge the adapter into its base with PEFT (merge_and_unload) and give the merged model.";
  for (const [field, what] of Object.entries(CHANGES)) {
    if (isUnset(json[field])) continue;
    const value = JSON.stringify(json[field]);
    throw new PavlovError(`${path}: ${field} is ${value}: adapters with ${what} are not supported.`, { hint: merged });
  }
  const { bias = "none", init_lora_weights: beginning } = json;
  if (bias !== "none") {
    throw new PavlovError(`${path}: bias is ${JSON.stringify(bias)}; only "none" is supported.`, { hint: merged });
  }
  if (typeof beginning === "string" && REWRITES_BASE.test(beginning)) {
    throw new PavlovError(
      `${path}: init_lora_weights is "${beginning}", which changes the base model: the adapter alone is not enough.`,
      { hint: merged },
    );
  }
  for (const [field, common] of [
    ["rank_pattern", "r"],
    ["alpha_pattern", "lora_alpha"],
  ] as const) {
    const own = Object.entries((json[field] ?? {}) as JsonObject).filter(([, value]) => value !== json[common]);
    if (own.length === 0) continue;
    const [[name, value]] = own as [[string, unknown]];
    throw new PavlovError(
      `${path}: ${field} gives ${name} ${JSON.stringify(value)} where ${common} is ${JSON.stringify(json[common])}; ` +
        "an adapter has one rank and one alpha here.",
      { hint: merged },
    );
  }
}

const isUnset = (value: unknown): boolean =>
  value === undefined || value === null || value === false || (Array.isArray(value) && value.length === 0);

const textOrNull = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

function positive(json: JsonObject, field: string, path: string): number {
  const value = json[field];
  if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
  throw new PavlovError(`${path}: ${field} is ${JSON.stringify(value ?? null)}; it must be a positive number.`);
}

/** What {@link peftConfigJson} describes. */
export interface PeftDescription extends LoraSettings {
  readonly targetModules: readonly string[];
  /** `base_model_name_or_path` */
  readonly base: string;
  readonly revision: string | null;
  readonly initLoraWeights: true | "gaussian";
}

/** adapter_config.json of a new adapter, with the fields of PEFT that say what it is. */
export function peftConfigJson(adapter: PeftDescription): JsonObject {
  return {
    alpha_pattern: {},
    auto_mapping: null,
    base_model_name_or_path: adapter.base,
    bias: "none",
    exclude_modules: null,
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: adapter.initLoraWeights,
    layer_replication: null,
    layers_pattern: null,
    layers_to_transform: null,
    lora_alpha: adapter.alpha,
    lora_bias: false,
    lora_dropout: 0,
    modules_to_save: null,
    peft_type: "LORA",
    r: adapter.rank,
    rank_pattern: {},
    revision: adapter.revision,
    target_modules: [...adapter.targetModules],
    task_type: "CAUSAL_LM",
    trainable_token_indices: null,
    use_dora: false,
    use_rslora: adapter.useRslora,
  };
}
