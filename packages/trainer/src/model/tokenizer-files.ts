// The JSON files of a tokenizer, with the checks that the library which runs it leaves out.
import { join } from "node:path";
import { PavlovError } from "@pavlov/core";
import type { JsonObject } from "./config.js";
import { readJsonObject, shown } from "./json-file.js";

/** A tokenizer's files, parsed. */
export interface TokenizerFiles {
  /** tokenizer.json. */
  readonly json: JsonObject;
  /** tokenizer_config.json, special tokens as plain text and the cleaning of decoded text decided. */
  readonly config: JsonObject;
}

/** Largest id that is believed; the largest published vocabularies have some 260,000. */
const largestId = 2 ** 24;

const specialTokens = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

/**
 * Reads tokenizer.json and tokenizer_config.json; special tokens that the latter does not name come from
 * special_tokens_map.json. Throws a PavlovError where a file is missing, is not JSON, or holds ids that cannot be.
 */
export async function readTokenizerFiles(folder: string): Promise<TokenizerFiles> {
  const path = join(folder, "tokenizer.json");
  const json = await readRequired(folder, "tokenizer.json");
  const config = await readRequired(folder, "tokenizer_config.json");
  checkIds(json, path);
  const map = (await readJsonObject(join(folder, "special_tokens_map.json"))) ?? {};
  const named = specialTokens.map((key) => [key, textOf(config[key] ?? map[key])]);
  const clean_up_tokenization_spaces = removesSpaces(json, config);
  return { json, config: { ...config, ...Object.fromEntries(named), clean_up_tokenization_spaces } };
}

/** Whether decoding drops spaces before punctuation: as in transformers 5 only where asked for, and hardly ever for BPE. */
function removesSpaces(json: JsonObject, config: JsonObject): boolean {
  if (config["clean_up_tokenization_spaces"] !== true) return false;
  const isBpe = (json["model"] as { type?: unknown }).type === "BPE";
  return !isBpe || config["clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output"] === true;
}

/** The largest id of the vocabulary plus one, added tokens left out. */
export function regularVocabularySize(json: JsonObject): number {
  const added = new Set(addedTokens(json).map((token) => (token as { id: unknown }).id));
  let largest = -1;
  for (const id of vocabularyIds(json)) if (!added.has(id)) largest = Math.max(largest, id as number);
  return largest + 1;
}

async function readRequired(folder: string, file: string): Promise<JsonObject> {
  const json = await readJsonObject(join(folder, file));
  if (json !== null) return json;
  throw new PavlovError(`${folder} has no ${file}, so its tokenizer cannot be loaded.`);
}

function checkIds(json: JsonObject, path: string): void {
  const model = json["model"];
  if (typeof model !== "object" || model === null) throw new PavlovError(`${path} has no \`model\`.`);
  const type = (model as { type?: unknown }).type ?? null;
  if (type !== null && type !== "BPE" && type !== "Unigram" && type !== "WordPiece") {
    throw new PavlovError(`${path}: \`model.type\` is ${shown(type)}; it must be BPE, Unigram or WordPiece.`);
  }
  for (const id of vocabularyIds(json)) requireId(id, `${path}: \`model.vocab\``);
  const added = json["added_tokens"] ?? [];
  if (!Array.isArray(added)) throw new PavlovError(`${path}: \`added_tokens\` must be a list.`);
  for (const token of added as unknown[]) {
    const { id, content } = (token ?? {}) as { id?: unknown; content?: unknown };
    requireId(id, `${path}: \`added_tokens\``);
    if (typeof content === "string" && content !== "") continue;
    throw new PavlovError(`${path}: the added token ${String(id)} has the content ${shown(content)}.`);
  }
}

function requireId(id: unknown, where: string): void {
  if (typeof id === "number" && Number.isInteger(id) && id >= 0 && id < largestId) return;
  const found = id === undefined ? "a token without an id" : `the id ${shown(id)}`;
  throw new PavlovError(`${where} holds ${found}; ids are whole numbers from 0 to ${largestId - 1}.`);
}

/** Ids of an object of tokens (BPE, WordPiece), or places in a list of them (Unigram). */
function vocabularyIds(json: JsonObject): Iterable<unknown> {
  const vocabulary = (json["model"] as { vocab?: unknown } | null)?.vocab;
  if (Array.isArray(vocabulary)) return vocabulary.keys();
  return typeof vocabulary === "object" && vocabulary !== null ? Object.values(vocabulary) : [];
}

function addedTokens(json: JsonObject): readonly unknown[] {
  return Array.isArray(json["added_tokens"]) ? json["added_tokens"] : [];
}

/** A token's text, which older files wrap into a description. */
function textOf(token: unknown): string | null {
  if (typeof token === "string") return token;
  if (typeof token !== "object" || token === null) return null;
  return "content" in token && typeof token.content === "string" ? token.content : null;
}
