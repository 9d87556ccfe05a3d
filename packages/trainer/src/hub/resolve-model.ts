/** From what a config calls a model to a folder of this machine: the folder itself, or a download from the hub. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PavlovError } from "@pavlov/core";
import { explainCacheError } from "./disk-space.js";
import { HubError } from "./errors.js";
import { descriptionFiles, missingDescriptions, otherWeights, weightFiles } from "./model-files.js";
import { readReference } from "./reference.js";
import { checkRevision, DEFAULT_REVISION } from "./revision.js";
import { hubSettings, type HubOptions } from "./settings.js";
import type { Snapshot } from "./snapshot.js";
import { similarNames } from "./similar-names.js";

/** A model on this machine. */
export interface ResolvedModel {
  /** A folder in Hugging Face layout. */
  readonly folder: string;
  /** `org/name` of the hub; null for a folder. */
  readonly id: string | null;
  /** The commit that was asked for or that the revision is; null for a folder. */
  readonly commit: string | null;
}

export interface ResolveModelOptions extends HubOptions {
  /** Branch, tag or commit of the hub. Default `main`. */
  readonly revision?: string | undefined;
}

/** What a folder is told to be where there is none. */
const LAYOUT = "config.json, tokenizer.json, tokenizer_config.json and model.safetensors";

/**
 * The folder of a model. A folder that exists is taken as it is; `org/name` and `name` are looked for on the hub and
 * downloaded into the cache that Python's `huggingface_hub` uses, only what is needed and not there yet.
 *
 * @param reference a folder or the id of a repository
 * @throws PavlovError where there is neither, where the hub does not give it, or where it is no model that can be read.
 */
export async function resolveModel(reference: string, options: ResolveModelOptions = {}): Promise<ResolvedModel> {
  const { revision, base = process.cwd() } = options;
  const read = await readReference(reference, base);
  if (read.kind === "file") {
    throw new PavlovError(`${reference} is a file, not the folder of a model.`, {
      hint: `A model is a folder with ${LAYOUT}.`,
    });
  }
  if (read.kind === "nothing") {
    throw new PavlovError(`There is no model folder ${reference}.`, {
      hint: `Looked for ${read.path}. Give a folder with ${LAYOUT}, or the id of a model on the hub, such as HuggingFaceTB/SmolLM2-135M-Instruct.`,
    });
  }
  if (read.kind === "folder") {
    if (revision === undefined) return { folder: read.path, id: null, commit: null };
    throw new PavlovError(`revision: ${revision} is for models of the hub, but ${reference} is a folder.`, {
      hint: "Remove the revision, or name the model by its id and start where there is no folder of that name.",
    });
  }
  const { id, path } = read;
  const settings = await hubSettings(options);
  try {
    // Loaded here, so that folders cost nothing.
    const { openSnapshot } = await import("./snapshot.js");
    const snapshot = await openSnapshot({ type: "model", id }, checkRevision(revision ?? DEFAULT_REVISION), settings);
    await fetchModel(snapshot, id);
    return { folder: snapshot.folder, id, commit: snapshot.commit };
  } catch (error) {
    throw await bothReadings(error, settings.cacheFolder, `There is no folder ${path}.`, () =>
      similarNames("model", id, settings),
    );
  }
}

/** The error to tell: of a name that could be a folder or an id it says that it is neither. */
export async function bothReadings(
  thrown: unknown,
  cacheFolder: string,
  noFolder: string,
  similar: () => Promise<string | undefined>,
): Promise<unknown> {
  const error = explainCacheError(thrown, cacheFolder);
  if (!(error instanceof HubError) || (error.problem !== "missing" && error.problem !== "unreachable")) return error;
  const near = error.problem === "missing" ? await similar() : undefined;
  const hint = [near === undefined ? "" : `Did you mean ${near}?`, error.hint ?? ""].join(" ").trim();
  const asHub =
    error.problem === "unreachable" ? `It cannot be looked for on the hub either: ${error.message}` : error.message;
  return new PavlovError(`${noFolder} ${asHub}`, { hint: hint === "" ? undefined : hint, cause: error });
}

async function fetchModel(snapshot: Snapshot, id: string): Promise<void> {
  const { tree, isListed } = snapshot;
  const short = snapshot.commit.slice(0, 12);
  const incomplete = (files: readonly string[]): PavlovError =>
    isListed
      ? new PavlovError(`${id} is not a model that can be read: it has no ${files.join(", no ")} (commit ${short}).`, {
          hint: `A model has ${LAYOUT}.`,
        })
      : new PavlovError(`The cache holds only a part of ${id} (commit ${short}): it lacks ${files.join(", ")}.`, {
          hint: "Run once without --offline and HF_HUB_OFFLINE, to download the rest.",
        });
  const missing = missingDescriptions(tree);
  if (missing.length > 0) throw incomplete(missing);
  // Whether there are weights at all is known before anything is downloaded.
  const hasIndex = tree.has("model.safetensors.index.json");
  if (weightFiles(tree, hasIndex ? [] : null) === null) {
    const others = isListed ? otherWeights(tree) : [];
    if (others.length === 0) throw incomplete(["model.safetensors"]);
    const shown =
      others.length > 3 ? `${others.slice(0, 2).join(", ")} and ${others.length - 2} more` : others.join(", ");
    throw new PavlovError(`${id} has no model.safetensors, only ${shown}, which are not read.`, {
      hint: "Look for the same model with safetensors weights, or convert it with transformers' save_pretrained.",
    });
  }
  await snapshot.fetch(descriptionFiles(tree));
  const weights = weightFiles(tree, hasIndex ? await shardsOf(snapshot, id) : null);
  if (weights === null) return;
  if (weights.missing.length > 0) throw incomplete(weights.missing);
  await snapshot.fetch(weights.files);
}

async function shardsOf({ folder }: Snapshot, id: string): Promise<string[]> {
  const name = "model.safetensors.index.json";
  try {
    const { weight_map } = JSON.parse(await readFile(join(folder, name), "utf8")) as {
      weight_map: Record<string, string>;
    };
    const shards = [...new Set(Object.values(weight_map))];
    if (shards.length > 0 && shards.every((shard) => typeof shard === "string")) return shards;
  } catch (cause) {
    if (!(cause instanceof SyntaxError) && !(cause instanceof TypeError)) throw cause;
  }
  throw new PavlovError(`${name} of ${id} does not list the files of its weights.`);
}
