// From what a user calls a model to folders: a model's own, or an adapter's with that of its base. As transformers'
// `from_pretrained`, which takes the folder of an adapter too and finds the base by its adapter_config.json.
import { readdir, stat } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { PavlovError } from "@pavlov/core";
import { peftFiles, readPeftConfig, type PeftConfig } from "./peft-config.js";

/** Where a model lies. */
export interface LocatedModel {
  /** The folder of the model's weights and config.json. */
  readonly model: string;
  /** The folder of an adapter for it. */
  readonly adapter: string | null;
  /** The folder that holds the tokenizer. */
  readonly tokenizer: string;
  /** The adapter's settings. */
  readonly peft: PeftConfig | null;
}

/** Finds the folder of a Hugging Face id, downloading it where that is allowed. */
export type ModelResolver = (id: string, revision: string | null) => Promise<string>;

/** What {@link locateModel} is given. */
export interface LocateOptions {
  /** The folder of a model or of an adapter. */
  readonly model: string;
  /** The folder of an adapter for `model`. */
  readonly adapter?: string | null | undefined;
  /** The adapter is to be trained on, which one with dropout cannot be. */
  readonly training?: boolean;
  /** For adapters whose base is an id and no folder. */
  readonly resolveModel?: ModelResolver | undefined;
}

/** True for the folder of an adapter: it has adapter_config.json and no weights of a model. */
export async function isAdapterFolder(folder: string): Promise<boolean> {
  const files = await filesOf(folder);
  return files.includes(peftFiles.config) && !files.some((file) => /^model.*\.safetensors$/.test(file));
}

/**
 * The folders of a model, of its adapter where there is one, and of its tokenizer.
 * @throws PavlovError where an adapter is given twice, is of an unknown kind, or its base cannot be found.
 */
export async function locateModel(options: LocateOptions): Promise<LocatedModel> {
  const located = await locate(options);
  if (options.training === true && located.peft !== null && located.peft.dropout !== 0) {
    throw new PavlovError(
      `The adapter ${located.adapter} has lora_dropout ${located.peft.dropout}: training and sampling use the same ` +
        "weights here, so it must be 0.",
      { hint: `Set lora_dropout to 0 in its ${peftFiles.config}.` },
    );
  }
  return located;
}

async function locate({ model, adapter, resolveModel }: LocateOptions): Promise<LocatedModel> {
  const modelIsAdapter = await isAdapterFolder(model);
  if (adapter === undefined || adapter === null) {
    if (!modelIsAdapter) return { model, adapter: null, tokenizer: model, peft: null };
    const peft = await readPeftConfig(model);
    const base = await baseOf(model, peft, resolveModel);
    return { model: base, adapter: model, tokenizer: await tokenizerFolder(model, base), peft };
  }
  if (modelIsAdapter) {
    throw new PavlovError(`The model ${model} is an adapter, and so is ${adapter}: a model can have one.`, {
      hint: "Give the adapter's base as the model, or merge the first adapter with `pavlov merge`.",
    });
  }
  const peft = await readPeftConfig(adapter);
  return { model, adapter, tokenizer: await tokenizerFolder(adapter, model), peft };
}

/** The base model's folder: absolute, from the working directory as PEFT takes it, or from the adapter's own folder. */
async function baseOf(adapter: string, { base, revision }: PeftConfig, resolveModel?: ModelResolver): Promise<string> {
  const hint = `Give the base as the model, and ${adapter} as its adapter.`;
  if (base === null) {
    throw new PavlovError(`${adapter}: adapter_config.json does not name the base model.`, { hint });
  }
  for (const folder of isAbsolute(base) ? [base] : [resolve(base), resolve(adapter, base)]) {
    if ((await stat(folder).catch(() => null))?.isDirectory()) return folder;
  }
  const isId = /^[\w.-]+(\/[\w.-]+)?$/.test(base) && !base.startsWith(".");
  if (isId && resolveModel) return resolveModel(base, revision);
  throw new PavlovError(`${adapter}: there is no folder ${base}, which adapter_config.json names as the base.`, {
    hint,
  });
}

async function tokenizerFolder(first: string, second: string): Promise<string> {
  const files = await filesOf(first);
  return files.includes("tokenizer.json") && files.includes("tokenizer_config.json") ? first : second;
}

const filesOf = (folder: string): Promise<string[]> => readdir(folder).catch((): string[] => []);

/**
 * What an adapter's `base_model_name_or_path` should be for a model's folder: the id and revision where the folder lies
 * in Hugging Face's cache, else the folder's absolute path.
 */
export function baseReference(model: string): { readonly base: string; readonly revision: string | null } {
  const folder = resolve(model);
  const [, id, revision] = /[/\\]models--([^/\\]+)[/\\]snapshots[/\\]([^/\\]+)[/\\]?$/.exec(folder) ?? [];
  if (id === undefined || revision === undefined) return { base: folder, revision: null };
  return { base: id.replace("--", "/"), revision };
}
