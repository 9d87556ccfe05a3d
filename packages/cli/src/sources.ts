/** The model and the datasets of a config on this machine: downloaded first where they are the hub's. */
import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { checkDataset, loadDataset, PavlovError, type Composite, type Dataset } from "@pavlov/core";
import type {
  DatasetReference,
  HubOptions,
  HubSource,
  HubSources,
  ResolvedDataset,
  TrainListener,
} from "@pavlov/trainer";
import type { Config } from "./config-schema.js";
import type { Invocation } from "./invocation.js";
import {
  adapterProblem,
  columnPlace,
  modelProblem,
  type ConfigOptions,
  type ModelFolders,
  type OpenedConfig,
} from "./load-run.js";
import { hasTrainer } from "./trainer.js";

/** What a download needs of the command: where its progress goes, and what ends it. */
export interface Downloading extends Pick<Invocation, "signal" | "saying"> {
  readonly onEvent: TrainListener;
  /** What the run that is taken up took: the same commits are taken again. */
  readonly earlier?: HubSources;
}

/** The hub's options for what a trainer looks for itself: the base of an adapter that it has trained. */
export function hubOption({ offline }: Pick<ConfigOptions, "offline">): { readonly hub?: HubOptions } {
  return offline === undefined ? {} : { hub: { offline } };
}

/** A model of this machine, all of it: nothing is downloaded for it any more. */
export interface OpenedModel {
  readonly folders: ModelFolders;
  /** The folder of its tokenizer. */
  readonly tokenizer: string;
  /** How messages call it: the folder, or the id with its commit. */
  readonly name: string;
  /** What of it came from the hub. */
  readonly sources: HubSources;
}

/** What Ctrl-C says while a download goes on. */
const ON_INTERRUPT = "Stopping; the download goes on from here the next time.";

/** The options of every download. */
function hubOptions({ offline }: Pick<ModelRequest, "offline">, { signal, onEvent }: Downloading): HubOptions {
  return { signal, onEvent, ...(offline === undefined ? {} : { offline }) };
}

/**
 * A config's model, its adapter and an adapter's base. What is the hub's is downloaded.
 * @throws PavlovError that names the line of the config, or the option.
 */
export async function openModel<
  Value extends { model: string; revision?: string | undefined; adapter?: string | undefined },
>(opened: OpenedConfig<Value>, options: ConfigOptions, downloading: Downloading): Promise<OpenedModel> {
  const { config, loaded } = opened;
  const given = options.model !== undefined;
  // The revision of a config is that of its own model.
  const revision = options.revision ?? (given ? undefined : config.revision);
  const placedAt =
    (at: "model" | "revision" | "adapter") =>
    (error: unknown): never => {
      const isOption = given || (at === "revision" && options.revision !== undefined);
      if (!PavlovError.isInstance(error) || isOption) throw error;
      throw loaded.error([at], error.message, { part: "value", hint: error.hint, cause: error });
    };
  const base = given ? process.cwd() : loaded.folder;
  const request = { ...options, revision, base };
  const isFolder = isAbsolute(config.model);
  const model = await openPart(
    "model",
    config.model,
    { ...request, ...(isFolder ? { revision: undefined } : {}) },
    downloading,
  ).catch(placedAt("model"));
  if (isFolder && revision !== undefined) placedAt("revision")(folderRevision(revision, config.model));
  const adapter =
    config.adapter === undefined
      ? undefined
      : await openPart("adapter", config.adapter, { ...request, revision: undefined }, downloading).catch(
          placedAt("adapter"),
        );
  return locate(model, adapter, request, downloading).catch(placedAt(adapter === undefined ? "model" : "adapter"));
}

interface ModelRequest {
  readonly offline?: boolean | undefined;
  readonly revision?: string | undefined;
  /** Where a folder of the name would lie. */
  readonly base: string;
}

/** One folder of a model. */
interface ModelPart {
  readonly folder: string;
  readonly name: string;
  readonly sources: HubSources;
}

/** The folder of a model or of an adapter; one of the hub is downloaded. */
async function openPart(
  which: "model" | "adapter",
  reference: string,
  request: ModelRequest,
  downloading: Downloading,
): Promise<ModelPart> {
  const { base, revision } = request;
  const problemOf = which === "model" ? modelProblem : adapterProblem;
  const { readReference } = await import("@pavlov/trainer/config");
  const read = await readReference(reference, base);
  if (read.kind !== "id") {
    const problem = await problemOf(read.path);
    if (problem) throw problem;
    if (revision !== undefined) throw folderRevision(revision, reference);
    return { folder: read.path, name: read.path, sources: {} };
  }
  const { pinnedRevision, resolveModel } = await import("@pavlov/trainer");
  const pinned = pinnedRevision(downloading.earlier?.[which], read.id, revision);
  const download = resolveModel(read.id, { ...hubOptions(request, downloading), base, revision: pinned });
  const { folder, id, commit } = await downloading.saying(ON_INTERRUPT, download);
  const problem = await problemOf(folder);
  if (problem) throw problem;
  if (id === null || commit === null) return { folder, name: folder, sources: {} };
  const name = `${id} (commit ${commit.slice(0, 12)})`;
  return { folder, name, sources: { [which]: { id, revision: revision ?? "main", commit } } };
}

/** A model with its adapter. The base of a model that is an adapter is looked for, once for the whole command. */
async function locate(
  model: ModelPart,
  adapter: ModelPart | undefined,
  request: ModelRequest,
  downloading: Downloading,
): Promise<OpenedModel> {
  const { locateAnywhere } = await import("@pavlov/trainer");
  const given = { model: model.folder, adapter: adapter?.folder };
  const search = locateAnywhere(given, hubOptions(request, downloading), downloading.earlier);
  const located = await downloading.saying(ON_INTERRUPT, search);
  return {
    folders: { model: located.model, ...(located.adapter === null ? {} : { adapter: located.adapter }) },
    tokenizer: located.tokenizer,
    name: model.name,
    sources: { ...model.sources, ...adapter?.sources, ...located.sources },
  };
}

/** What the command line says of a model. */
export interface NamedModel extends Pick<ConfigOptions, "offline" | "revision"> {
  readonly model: string;
  readonly adapter?: string | undefined;
}

/** A model that the command line names, and its adapter. */
export async function openNamedModel(named: NamedModel, downloading: Downloading): Promise<OpenedModel> {
  const request = { ...named, base: process.cwd() };
  const model = await openPart("model", named.model, request, downloading);
  const adapter =
    named.adapter === undefined
      ? undefined
      : await openPart("adapter", named.adapter, { ...request, revision: undefined }, downloading);
  return locate(model, adapter, request, downloading);
}

/** An adapter that the command line names, and its base: the one that it names itself, where no other is given. */
export async function openNamedAdapter(
  reference: string,
  { model, offline, revision }: Partial<NamedModel>,
  downloading: Downloading,
): Promise<{ readonly adapter: string; readonly base: string }> {
  const request = { offline, base: process.cwd() };
  const adapter = await openPart("adapter", reference, request, downloading);
  const opened =
    model === undefined
      ? await locate(adapter, undefined, request, downloading)
      : await locate(
          await openPart("model", model, { ...request, revision }, downloading),
          adapter,
          request,
          downloading,
        );
  return { adapter: adapter.folder, base: opened.folders.model };
}

/** A revision where there is nothing to choose from. */
function folderRevision(revision: string, folder: string): PavlovError {
  return new PavlovError(`The revision ${revision} is for a model of the hub, but the model is the folder ${folder}.`, {
    hint: "Remove the revision, or give the id of a model.",
  });
}

/** A dataset that was read, and where it came from. */
export interface OpenedDataset {
  readonly dataset: Dataset;
  readonly source: HubSource | null;
}

/**
 * Reads one dataset of a config; one of the hub is downloaded. Of held-out rows the split is `test`, or `validation`,
 * where the config names none.
 * @throws PavlovError that names the line of the config, or that of the file.
 */
export async function openDataset<Value extends { dataset: Config["dataset"]; evalDataset?: Config["evalDataset"] }>(
  { loaded }: OpenedConfig<Value>,
  which: "dataset" | "evalDataset",
  options: Pick<ConfigOptions, "offline">,
  downloading: Downloading,
): Promise<OpenedDataset> {
  const reference: DatasetReference | undefined = loaded.value[which];
  if (reference === undefined) throw new Error(`The config has no ${which}.`);
  if (!hasTrainer()) return { dataset: await loadFiles(reference, which, loaded), source: null };
  const { pinnedRevision, resolveDataset } = await import("@pavlov/trainer");
  const revision = pinnedRevision(downloading.earlier?.[which], String(reference.path), reference.revision);
  const splits = which === "dataset" ? ["train"] : ["test", "validation"];
  const download = resolveDataset(
    { ...reference, revision },
    { ...hubOptions(options, downloading), base: loaded.folder, splits },
  );
  const resolved = await downloading.saying(ON_INTERRUPT, download).catch((error: unknown) => {
    if (!PavlovError.isInstance(error)) throw error;
    throw loaded.error([which], error.message, { part: "value", hint: error.hint, cause: error });
  });
  return { dataset: await loadDataset(resolved.options, loaded.folder), source: datasetSource(reference, resolved) };
}

/** Without a trainer nothing is downloaded: a dataset is files. */
async function loadFiles(
  { config: _config, split: _split, revision: _revision, ...files }: DatasetReference,
  which: "dataset" | "evalDataset",
  loaded: OpenedConfig<unknown>["loaded"],
): Promise<Dataset> {
  const isThere =
    typeof files.path !== "string" || isGlob(files.path) || existsSync(resolve(loaded.folder, files.path));
  if (isThere) return loadDataset(files, loaded.folder);
  throw loaded.error([which], `${String(files.path)} is no file here, and datasets of the hub need @pavlov/trainer.`, {
    part: "value",
    hint: "Mend the path, or run: npm install @pavlov/trainer",
  });
}

const isGlob = (path: string): boolean => /[*?{}[\]]/.test(path);

function datasetSource({ revision = "main" }: DatasetReference, resolved: ResolvedDataset): HubSource | null {
  const { id, commit, config, split } = resolved;
  if (id === null || commit === null) return null;
  return { id, revision, commit, ...(config === null ? {} : { config }), ...(split === null ? {} : { split }) };
}

/** The datasets of a config. Each has the columns that the rewards read. */
export async function openDatasets(
  opened: OpenedConfig<Config>,
  rewards: Composite,
  options: Pick<ConfigOptions, "offline">,
  downloading: Downloading,
): Promise<{
  readonly dataset: Dataset;
  readonly evalDataset?: Dataset;
  /** Those that came from the hub, by the config's names. */
  readonly sources: HubSources;
}> {
  const read = async (which: "dataset" | "evalDataset"): Promise<OpenedDataset> => {
    const { dataset, source } = await openDataset(opened, which, options, downloading);
    return { dataset: await checkDataset(dataset, rewards, columnPlace(opened)), source };
  };
  const training = await read("dataset");
  const heldOut = opened.loaded.value.evalDataset === undefined ? undefined : await read("evalDataset");
  const sources = {
    ...(training.source ? { dataset: training.source } : {}),
    ...(heldOut?.source ? { evalDataset: heldOut.source } : {}),
  };
  return { dataset: training.dataset, ...(heldOut ? { evalDataset: heldOut.dataset } : {}), sources };
}
