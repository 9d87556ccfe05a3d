// Saves a model in Hugging Face layout, as transformers' `save_pretrained` does.
import { copyFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "./config.js";
import { loadModelConfig } from "./description.js";
import { standingFolder } from "./replace-folder.js";
import type { StoredType } from "./safetensors-header.js";
import type { WritableParameters } from "./safetensors-write.js";
import { storedBytes, writeWeights } from "./safetensors-write.js";
import { saveInPlace } from "./save-in-place.js";

/** What {@link saveModel} writes. */
export interface SaveModelOptions {
  /** Weights by Hugging Face name; one that is a function is made when its turn comes. */
  readonly parameters: WritableParameters;
  /** The model that this one was trained from: its config.json, generation_config.json and tokenizer files are kept. */
  readonly source?: string;
  /** config.json, for a model without a source, or instead of the source's. */
  readonly configJson?: JsonObject;
  readonly generationConfig?: JsonObject;
  /** Default F32: small updates are lost in the others. */
  readonly type?: StoredType;
  /** Most bytes of one weights file; above it the model is sharded. Default 50 GB, as in transformers 5. */
  readonly maxShardSize?: number;
}

/** The files of a tokenizer, of which a folder has some. */
const tokenizerFiles: readonly string[] = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "chat_template.jinja",
  "chat_template.json",
  "vocab.json",
  "merges.txt",
  "tokenizer.model",
];

const dtypeOf: Readonly<Record<StoredType, string>> = { F32: "float32", F16: "float16", BF16: "bfloat16" };

/**
 * Saves a model so that transformers loads it as it is. A process killed at any moment leaves the old folder, or the
 * new one (see `replaceFolder`). Files that a model does not have, in a folder that exists already, are not kept.
 * Throws a PavlovError where the disk is full (with free and needed bytes) or the place is not writable; the old
 * folder is there then.
 */
export async function saveModel(folder: string, options: SaveModelOptions): Promise<void> {
  const { parameters, source, type = "F32", maxShardSize = 50e9 } = options;
  const original = source === undefined ? null : await loadModelConfig(source);
  const configJson = options.configJson ?? original?.configJson;
  if (!configJson) throw new Error("saveModel needs a source or a configJson.");
  const generationConfig = options.generationConfig ?? original?.generationConfig;
  await saveInPlace(folder, storedBytes(parameters, type), async (temporary) => {
    await writeJson(join(temporary, "config.json"), withDtype(configJson, type));
    if (generationConfig) await writeJson(join(temporary, "generation_config.json"), generationConfig);
    if (source !== undefined) await copyTokenizer(source, temporary);
    await writeWeights(temporary, parameters, type, maxShardSize);
  });
}

/** Says how the weights are stored; transformers 4 calls it `torch_dtype`, and keeps that name where it stands. */
function withDtype(configJson: JsonObject, type: StoredType): JsonObject {
  return { ...configJson, [Object.hasOwn(configJson, "torch_dtype") ? "torch_dtype" : "dtype"]: dtypeOf[type] };
}

/** Copies the files of a tokenizer from one folder to another. */
export async function copyTokenizer(source: string, to: string): Promise<void> {
  const from = await standingFolder(source);
  const present = new Set(await readdir(from));
  for (const file of tokenizerFiles) if (present.has(file)) await copyFile(join(from, file), join(to, file));
}

/** Writes a JSON file as transformers does, and flushes it to the disk. */
export async function writeJson(path: string, value: JsonObject): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`, { flush: true });
}
