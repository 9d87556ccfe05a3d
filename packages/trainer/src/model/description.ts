// What a model's folder says about it apart from the weights: config.json, generation_config.json and the tokenizer's
// end-of-sequence token.
import { join } from "node:path";
import { PavlovError } from "@pavlov/core";
import type { JsonObject, ModelConfig } from "./config.js";
import { parseModelConfig } from "./families/index.js";
import { readJsonObject, shown } from "./json-file.js";
import { standingFolder } from "./replace-folder.js";

/** A model as its folder describes it, without the weights. */
export interface ModelDescription {
  readonly config: ModelConfig;
  /** config.json as it stands in the file. */
  readonly configJson: JsonObject;
  /** generation_config.json, null where there is none. */
  readonly generationConfig: JsonObject | null;
}

/**
 * Reads config.json and generation_config.json. Generation ends, as in TRL 1.16, at the tokenizer's end-of-sequence
 * token and at those of generation_config.json; config.json's count where the latter names none.
 */
export async function loadModelConfig(folder: string): Promise<ModelDescription> {
  const place = await standingFolder(folder);
  const configPath = join(place, "config.json");
  const configJson = await readJsonObject(configPath);
  if (configJson === null) {
    throw new PavlovError(`${folder} is not a model: it has no config.json.`, {
      hint: "Give a folder in Hugging Face layout: config.json, model.safetensors and tokenizer.json.",
    });
  }
  const generationPath = join(place, "generation_config.json");
  const generationConfig = await readJsonObject(generationPath);
  const config = parseModelConfig(configJson, configPath);
  const declared = tokenIds(generationConfig, "eos_token_id", generationPath) ?? config.eosTokenIds;
  const tokenizers = await tokenizerEos(place);
  const eosTokenIds = tokenizers === null || declared.includes(tokenizers) ? declared : [tokenizers, ...declared];
  const padTokenId = config.padTokenId ?? tokenIds(generationConfig, "pad_token_id", generationPath)?.[0] ?? null;
  return { config: { ...config, eosTokenIds, padTokenId }, configJson, generationConfig };
}

/** One id or a list of them; null where there is none. */
function tokenIds(json: JsonObject | null, key: string, path: string): number[] | null {
  const value = json?.[key] ?? null;
  if (value === null) return null;
  const ids: readonly unknown[] = Array.isArray(value) ? value : [value];
  return ids.map((id) => {
    if (typeof id === "number" && Number.isInteger(id) && id >= 0) return id;
    throw new PavlovError(`${path}: \`${key}\` is ${shown(value)}; it must be a token id or a list of them.`);
  });
}

/**
 * The id of the tokenizer's `eos_token`, null where there is no tokenizer or no such token. The token is always an
 * added one; a damaged file is left for `loadTokenizer` to name.
 */
async function tokenizerEos(folder: string): Promise<number | null> {
  const settings = await readJsonObject(join(folder, "tokenizer_config.json")).catch(() => null);
  const token = contentOf(settings?.["eos_token"]);
  if (token === null) return null;
  const byId = settings?.["added_tokens_decoder"];
  if (typeof byId === "object" && byId !== null) {
    const found = Object.entries(byId).find(([, added]) => contentOf(added) === token)?.[0];
    if (found !== undefined) return validId(Number(found));
  }
  const added = (await readJsonObject(join(folder, "tokenizer.json")).catch(() => null))?.["added_tokens"];
  if (!Array.isArray(added)) return null;
  const entry = added.find((candidate: unknown) => contentOf(candidate) === token) as { id?: unknown } | undefined;
  return validId(entry?.id);
}

/** A token's text: itself, or the `content` of its description. */
function contentOf(token: unknown): string | null {
  if (typeof token === "string") return token;
  if (typeof token !== "object" || token === null) return null;
  return "content" in token && typeof token.content === "string" ? token.content : null;
}

function validId(id: unknown): number | null {
  return typeof id === "number" && Number.isInteger(id) && id >= 0 ? id : null;
}
