// Loads a model in Hugging Face layout, the one that transformers' `save_pretrained` writes. Everything is checked
// against config.json by the headers of the files before the first weight is read.
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { PavlovError } from "@pavlov/core";
import type { ModelDescription } from "./description.js";
import { loadModelConfig } from "./description.js";
import { readJsonObject, shown } from "./json-file.js";
import type { Parameter } from "./parameters.js";
import { parameterShapes } from "./parameters.js";
import { standingFolder } from "./replace-folder.js";
import type { SafetensorsFile } from "./safetensors.js";
import { openSafetensors } from "./safetensors.js";
import type { StoredTensor } from "./safetensors-header.js";
import { missingWeight } from "./weight-names.js";

export { loadModelConfig } from "./description.js";
export { saveModel, type SaveModelOptions } from "./save.js";

/** A model as its folder describes it, weights in memory. */
export interface LoadedModel extends ModelDescription {
  /** Weights by Hugging Face name, first layer first. */
  readonly parameters: Record<string, Parameter>;
}

/** Where a weight lies. */
interface Place {
  readonly file: SafetensorsFile;
  readonly tensor: StoredTensor;
}

const singleFile = "model.safetensors";
const indexFile = "model.safetensors.index.json";

/**
 * Loads a model from `model.safetensors`, or from the shards that `model.safetensors.index.json` lists. Beside the
 * weights in float32 it takes a few megabytes. Throws a PavlovError that names the file and the weight where one is
 * missing, has another shape than config.json says, or holds a value that is not finite.
 */
export async function loadModel(folder: string): Promise<LoadedModel> {
  const place = await standingFolder(folder);
  const description = await loadModelConfig(place);
  return withWeights(place, description, async (shapes, places) => {
    const parameters: Record<string, Parameter> = {};
    for (const name of Object.keys(shapes)) {
      const { file, tensor } = places.get(name) as Place;
      parameters[name] = await file.read(tensor);
    }
    if (description.config.tiedEmbeddings) await checkTiedHead(places.get(tiedHead), parameters, place);
    return { ...description, parameters };
  });
}

/**
 * What a user should know of a model before it is trained: tensors of its files that it does not use, such as another
 * task's head. A copy of the embeddings as the head of a tied model and stored rotary frequencies are no matter, as in
 * transformers. Reads the headers only; throws what {@link loadModel} would throw of them.
 */
export async function modelWarnings(folder: string): Promise<string[]> {
  const place = await standingFolder(folder);
  const description = await loadModelConfig(place);
  const { tiedEmbeddings } = description.config;
  const unused = await withWeights(place, description, async (shapes, places) =>
    [...places.keys()].filter(
      (name) => !Object.hasOwn(shapes, name) && !(tiedEmbeddings && name === tiedHead) && !isDerived(name),
    ),
  );
  if (unused.length === 0) return [];
  const named = unused.slice(0, 3).join(", ") + (unused.length > 3 ? " and others" : "");
  const count = unused.length === 1 ? "one weight" : `${unused.length} weights`;
  return [`The files of ${folder} hold ${count} that the model does not use (${named}): the trained model lacks them.`];
}

/** Opens the files of a model and checks names and shapes by their headers. */
async function withWeights<T>(
  folder: string,
  { config }: ModelDescription,
  use: (shapes: Readonly<Record<string, readonly number[]>>, places: ReadonlyMap<string, Place>) => Promise<T>,
): Promise<T> {
  const shapes = parameterShapes(config);
  const files: SafetensorsFile[] = [];
  try {
    const weightMap = await readWeightMap(folder);
    for (const file of weightMap?.files ?? [singleFile]) files.push(await openSafetensors(join(folder, file)));
    const places = placesOf(files, weightMap?.fileOf ?? null, folder);
    checkWeights(shapes, places, folder);
    return await use(shapes, places);
  } finally {
    for (const file of files) await file.close();
  }
}

const tiedHead = "lm_head.weight";

/** Rotary frequencies, which old checkpoints hold and everybody computes. */
const isDerived = (name: string): boolean => name.endsWith(".rotary_emb.inv_freq");

/** The index of a sharded model; null for one of a single file, which counts before an index, as in transformers. */
async function readWeightMap(
  folder: string,
): Promise<{ readonly files: readonly string[]; readonly fileOf: ReadonlyMap<string, string> } | null> {
  const present = await readdir(folder);
  if (present.includes(singleFile)) return null;
  const path = join(folder, indexFile);
  const index = await readJsonObject(path);
  if (index === null) {
    const other = present.find((file) => /\.(bin|pt|pth|gguf|h5|msgpack|ckpt)$/.test(file));
    throw new PavlovError(`${folder} has no ${singleFile} and no ${indexFile}, so there are no weights to load.`, {
      hint:
        other === undefined
          ? "Copy or download the model again."
          : `${other} cannot be read: save the model as safetensors first, with transformers' save_pretrained.`,
    });
  }
  const map = index["weight_map"];
  if (typeof map !== "object" || map === null || Array.isArray(map)) {
    throw new PavlovError(`${path} has no \`weight_map\`, the file of each weight.`);
  }
  const fileOf = new Map<string, string>();
  for (const [name, file] of Object.entries(map)) {
    if (
      typeof file !== "string" ||
      file === "" ||
      basename(file) !== file ||
      file.length > 255 ||
      /[\\\0]|^\.\.?$/.test(file)
    ) {
      throw new PavlovError(`${path} names the file ${shown(file)}; it must lie in the folder.`);
    }
    fileOf.set(name, file);
  }
  if (fileOf.size === 0) throw new PavlovError(`${path} lists no weights.`);
  return { files: [...new Set(fileOf.values())], fileOf };
}

function placesOf(
  files: readonly SafetensorsFile[],
  fileOf: ReadonlyMap<string, string> | null,
  folder: string,
): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const file of files) {
    for (const tensor of file.tensors) {
      // The index decides where a tensor stands in several shards.
      const listed = fileOf?.get(tensor.name) ?? basename(file.path);
      if (listed === basename(file.path)) places.set(tensor.name, { file, tensor });
    }
  }
  for (const [name, file] of fileOf ?? []) {
    if (places.has(name)) continue;
    throw new PavlovError(
      `${join(folder, indexFile)} says that ${file} holds the weight ${shown(name)}, which it does not.`,
    );
  }
  return places;
}

/** Names and shapes. Types are checked where a weight is read. */
function checkWeights(
  shapes: Readonly<Record<string, readonly number[]>>,
  places: ReadonlyMap<string, Place>,
  folder: string,
): void {
  const missing = Object.keys(shapes).filter((name) => !places.has(name));
  if (missing.length > 0) {
    const unexpected = [...places.keys()].filter((name) => !Object.hasOwn(shapes, name));
    throw missingWeight(folder, missing, unexpected);
  }
  for (const [name, shape] of Object.entries(shapes)) {
    const { file, tensor } = places.get(name) as Place;
    if (tensor.shape.join() === shape.join()) continue;
    throw new PavlovError(
      `${file.path}: the weight ${name} has the shape [${tensor.shape.join(", ")}]; ` +
        `config.json asks for [${shape.join(", ")}].`,
    );
  }
}

/** A tied model may hold its embeddings a second time as the head. transformers 5 would untie a head that differs. */
async function checkTiedHead(
  head: Place | undefined,
  parameters: Readonly<Record<string, Parameter>>,
  folder: string,
): Promise<void> {
  const embeddings = parameters["model.embed_tokens.weight"]?.data;
  if (!head || !embeddings || (await head.file.equals(head.tensor, embeddings))) return;
  throw new PavlovError(
    `${folder}: config.json ties the head to the embeddings, but ${tiedHead} holds other numbers than they do.`,
    { hint: "Set tie_word_embeddings to false in config.json." },
  );
}
