// Loads and saves a model in Hugging Face layout, the one that transformers' `from_pretrained` reads.
import { copyFile, mkdir, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { PavlovError } from "@pavlov/core";
import { explainWriteError } from "../run/write-atomically.js";
import type { JsonObject, ModelConfig } from "./config.js";
import { parseModelConfig } from "./families/index.js";
import type { Parameter, Parameters } from "./parameters.js";
import { parameterShapes } from "./parameters.js";
import { readSafetensors, writeSafetensors } from "./safetensors.js";

/** A model as its folder describes it, weights in memory. */
export interface LoadedModel {
  readonly config: ModelConfig;
  /** Weights by Hugging Face name, first layer first. */
  readonly parameters: Record<string, Parameter>;
  /** config.json as it stands in the file. */
  readonly configJson: JsonObject;
  /** generation_config.json, null where there is none. */
  readonly generationConfig: JsonObject | null;
}

const tokenizerFiles = [
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

/** Reads config.json and generation_config.json; the latter's end-of-sequence ids count where it has some. */
export async function loadModelConfig(
  folder: string,
): Promise<Pick<LoadedModel, "config" | "configJson" | "generationConfig">> {
  const configPath = join(folder, "config.json");
  const configJson = await readJsonObject(configPath);
  if (configJson === null) {
    throw new PavlovError(`${folder} is not a model: it has no config.json.`, {
      hint: "Give a folder in Hugging Face layout: config.json, model.safetensors and tokenizer.json.",
    });
  }
  const generationConfig = await readJsonObject(join(folder, "generation_config.json"));
  const config = parseModelConfig(configJson, configPath);
  const declared = generationConfig?.["eos_token_id"] ?? config.eosTokenIds;
  const eosTokenIds = (Array.isArray(declared) ? declared : [declared]).filter(Number.isInteger);
  return { config: { ...config, eosTokenIds }, configJson, generationConfig };
}

/**
 * Loads a model from `model.safetensors`, or from the shards that `model.safetensors.index.json` lists. Throws a
 * PavlovError that names the file and the weight where one is missing or has another shape than config.json says.
 */
export async function loadModel(folder: string): Promise<LoadedModel> {
  const description = await loadModelConfig(folder);
  const shapes = parameterShapes(description.config);
  const wanted = (name: string) => Object.hasOwn(shapes, name);
  const found: Record<string, Parameter> = {};
  for (const file of await weightFiles(folder)) Object.assign(found, await readSafetensors(join(folder, file), wanted));
  const parameters: Record<string, Parameter> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const parameter = Object.hasOwn(found, name) ? found[name] : undefined;
    if (!parameter) throw new PavlovError(`${folder}: the weight ${name} is missing; config.json asks for it.`);
    if (parameter.shape.join() !== shape.join()) {
      throw new PavlovError(
        `${folder}: the weight ${name} has the shape [${parameter.shape.join(", ")}]; ` +
          `config.json asks for [${shape.join(", ")}].`,
      );
    }
    parameters[name] = parameter;
  }
  return { ...description, parameters };
}

async function weightFiles(folder: string): Promise<string[]> {
  const index = await readJsonObject(join(folder, "model.safetensors.index.json"));
  if (index === null || (await exists(join(folder, "model.safetensors")))) return ["model.safetensors"];
  const map = index["weight_map"];
  if (typeof map !== "object" || map === null) {
    throw new PavlovError(`${folder}: model.safetensors.index.json has no \`weight_map\`.`);
  }
  const files = [...new Set(Object.values(map))];
  return files.map((file) => {
    if (typeof file !== "string" || basename(file) !== file) {
      throw new PavlovError(
        `${folder}: model.safetensors.index.json names the file ${JSON.stringify(file)}; it must lie in the folder.`,
      );
    }
    return file;
  });
}

/** What {@link saveModel} writes. */
export interface SaveModelOptions {
  readonly parameters: Parameters;
  /** The model that this one was trained from: its config.json, generation_config.json and tokenizer files are kept. */
  readonly source?: string;
  /** config.json, for a model without a source, or instead of the source's. */
  readonly configJson?: JsonObject;
  readonly generationConfig?: JsonObject;
  /** Default F32: small updates are lost in BF16. */
  readonly type?: "F32" | "BF16";
}

/**
 * Saves a model so that transformers loads it as it is. The folder is written under a temporary name beside its place
 * and renamed when whole: a process killed at any moment leaves the old folder, or the new one. Files that a model
 * does not have, in a folder that exists already, are not kept. Throws a PavlovError where the disk is full or the
 * place is not writable.
 */
export async function saveModel(folder: string, options: SaveModelOptions): Promise<void> {
  const { parameters, source, type = "F32" } = options;
  const original = source === undefined ? null : await loadModelConfig(source);
  const configJson = options.configJson ?? original?.configJson;
  if (!configJson) throw new Error("saveModel needs a source or a configJson.");
  const generationConfig = options.generationConfig ?? original?.generationConfig;
  const target = resolve(folder);
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  try {
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    await writeJson(join(temporary, "config.json"), withDtype(configJson, type));
    if (generationConfig) await writeJson(join(temporary, "generation_config.json"), generationConfig);
    if (source !== undefined) await copyTokenizer(source, temporary);
    await writeSafetensors(join(temporary, "model.safetensors"), parameters, type);
    await replaceFolder(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw explainWriteError(error, folder);
  }
}

/** Says how the weights are stored; transformers 4 calls it `torch_dtype`, and keeps that name where it stands. */
function withDtype(configJson: JsonObject, type: "F32" | "BF16"): JsonObject {
  const dtype = type === "F32" ? "float32" : "bfloat16";
  return { ...configJson, [Object.hasOwn(configJson, "torch_dtype") ? "torch_dtype" : "dtype"]: dtype };
}

/** Copies what a tokenizer is read from; weights and configs stay. */
export async function copyTokenizer(from: string, to: string): Promise<void> {
  const present = new Set(await readdir(from));
  for (const file of tokenizerFiles) if (present.has(file)) await copyFile(join(from, file), join(to, file));
}

/** Puts a whole folder in the place of another. */
export async function replaceFolder(temporary: string, target: string): Promise<void> {
  const previous = `${temporary}.old`;
  const replaced = await exists(target);
  if (replaced) await rename(target, previous);
  await rename(temporary, target);
  if (replaced) await rm(previous, { recursive: true, force: true });
}

/** Writes indented JSON and flushes it to the disk. */
export async function writeJson(path: string, value: JsonObject): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`, { flush: true });
}

/** The JSON object in a file, null where there is no file. Throws a PavlovError for anything else. */
export async function readJsonObject(path: string): Promise<JsonObject | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new PavlovError(`${path} cannot be read.`, { cause });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new PavlovError(`${path} is not valid JSON: ${(cause as Error).message}.`, { cause });
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new PavlovError(`${path} must contain a JSON object.`);
  }
  return json as JsonObject;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
