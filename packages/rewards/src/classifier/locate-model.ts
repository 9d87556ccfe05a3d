// Where a classifier's files are: a folder, the cache that Python's huggingface_hub shares with us, or the hub.
import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { errorMessage, PavlovError } from "@pavlov/core";

/** What the reward's params say of the model. */
export interface ModelReference {
  /** A folder, or a repository of the hub. */
  readonly model: string;
  readonly revision: string;
  /** Element type of the weights, as transformers.js names it. */
  readonly dtype: string;
  /** Whether nothing is downloaded; null: what HF_HUB_OFFLINE says. */
  readonly offline: boolean | null;
  /** Where downloads lie; null for the usual place. */
  readonly cacheFolder: string | null;
}

/** What transformers.js is to load. */
export interface ModelPlace {
  /** An absolute path, or a repository's id. */
  readonly name: string;
  readonly isFolder: boolean;
  /** Of the ONNX file inside: `onnx`, or empty where the file lies at the top of a folder. */
  readonly subfolder: string;
  /** Where downloads go. */
  readonly cacheFolder: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The endings that transformers.js gives the files of a type. */
const SUFFIXES: Readonly<Record<string, string>> = { fp32: "", q8: "_quantized" };

const JSON_FILES = ["config.json", "tokenizer.json", "tokenizer_config.json"];

const REPOSITORY = /^[\w][\w.-]{0,95}(?:\/[\w.-]{1,96})?$/;

/**
 * Finds a model without asking anybody. What has been downloaded is a folder like any other: transformers.js would ask
 * the hub about it all the same, even where it is told to look at local files only.
 *
 * @throws PavlovError where the params name none, a folder lacks a file, or a download would be needed and is forbidden
 */
export async function locateModel(
  reference: ModelReference,
  environment: Environment = process.env,
): Promise<ModelPlace> {
  const { model, revision, dtype } = reference;
  if (model === "") {
    throw new PavlovError("There is no model to classify with: the param model is empty.", {
      hint: "Give a folder, or a repository of the hub that has ONNX files.",
    });
  }
  const offline = reference.offline ?? [environment["HF_HUB_OFFLINE"], environment["TRANSFORMERS_OFFLINE"]].some(isSet);
  const home = fromHome(environment["HF_HOME"] || join(environment["XDG_CACHE_HOME"] || "~/.cache", "huggingface"));
  const cacheFolder = resolve(fromHome(reference.cacheFolder ?? join(home, "transformers.js")));

  const path = resolve(fromHome(model));
  if (await isThere(path)) return { name: path, isFolder: true, subfolder: await findFiles(path, dtype), cacheFolder };
  if (!REPOSITORY.test(model)) {
    throw new PavlovError(`The model ${JSON.stringify(model)} is not there: there is no folder ${path}.`);
  }
  const ofPython = environment["HF_HUB_CACHE"] || join(home, "hub");
  const snapshot = await findSnapshot(ofPython, model, revision);
  const downloaded = join(cacheFolder, model, revision === "main" ? "" : revision);
  for (const folder of [snapshot, downloaded]) {
    if (folder === undefined) continue;
    const subfolder = await findFiles(folder, dtype).catch(() => undefined);
    // Of weights in several files some may be missing yet.
    const isWhole = offline || folder === snapshot || !(await hasExternalData(folder));
    if (subfolder !== undefined && isWhole) return { name: folder, isFolder: true, subfolder, cacheFolder };
  }
  if (!offline) return { name: model, isFolder: false, subfolder: "onnx", cacheFolder };
  throw new PavlovError(
    `The model ${model} is neither in ${cacheFolder} nor in ${fromHome(ofPython)} with all of its files, and nothing is ` +
      "downloaded: the param offline, HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE forbids it.",
  );
}

/** The subfolder with the ONNX file of a folder that has all that is needed. */
async function findFiles(folder: string, dtype: string): Promise<string> {
  for (const file of JSON_FILES) {
    if (!(await isThere(join(folder, file)))) throw new PavlovError(`The model's folder ${folder} has no ${file}.`);
  }
  const file = `model${SUFFIXES[dtype] ?? `_${dtype}`}.onnx`;
  for (const subfolder of ["onnx", ""]) if (await isThere(join(folder, subfolder, file))) return subfolder;
  throw new PavlovError(`The model's folder ${folder} has neither onnx/${file} nor ${file}.`, {
    hint: "Export the model to ONNX (optimum-cli export onnx), or name the type that is there in the param dtype.",
  });
}

/** The newest snapshot of the layout `models--org--name/{refs/<revision>, snapshots/<commit>}`. */
async function findSnapshot(cache: string, model: string, revision: string): Promise<string | undefined> {
  const folder = join(fromHome(cache), ["models", ...model.split("/")].join("--"));
  const reference = await readFile(join(folder, "refs", revision), "utf8").catch(() => revision);
  const commit = reference.trim();
  if (!/^[0-9a-f]{40}$/.test(commit)) return undefined;
  const snapshot = join(folder, "snapshots", commit);
  return (await isThere(snapshot)) ? snapshot : undefined;
}

/** The first of a folder's files that should be JSON and is not, and what is wrong with it, for the end of a sentence. */
export async function findDamaged(folder: string): Promise<string | undefined> {
  for (const file of JSON_FILES) {
    try {
      JSON.parse(await readFile(join(folder, file), "utf8"));
    } catch (thrown) {
      return `${file} that cannot be read: ${errorMessage(thrown)}`;
    }
  }
  return undefined;
}

/** Whether the configuration of a model for transformers.js speaks of weights beside its ONNX file. */
async function hasExternalData(folder: string): Promise<boolean> {
  const config = await readFile(join(folder, "config.json"), "utf8").catch(() => "");
  return config.includes("use_external_data_format");
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const isSet = (value: string | undefined): boolean => ["1", "on", "yes", "true"].includes((value ?? "").toLowerCase());

const fromHome = (path: string): string =>
  path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
