/** The model and the datasets of a config on this machine: downloaded first where they are the hub's. */
import { isAbsolute } from "node:path";
import { checkDataset, loadDataset, PavlovError, type Composite, type Dataset } from "@pavlov/core";
import type { DatasetReference, HubOptions, ResolvedDataset, TrainListener } from "@pavlov/trainer";
import { readReference } from "@pavlov/trainer/config";
import type { Config } from "./config-schema.js";
import type { Invocation } from "./invocation.js";
import { checkModel, modelProblem, type ConfigOptions, type OpenedConfig } from "./load-run.js";

/** What a download needs of the command: where its progress goes, and what ends it. */
export interface Downloading extends Pick<Invocation, "signal" | "saying"> {
  readonly onEvent: TrainListener;
}

/** What was taken from the hub, for the run's `config.json`. */
export interface HubSource {
  readonly id: string;
  /** What the config asked for: a branch, a tag or a commit. */
  readonly revision: string;
  /** The commit that it is. */
  readonly commit: string;
  readonly config?: string;
  readonly split?: string;
}

export interface OpenedModel {
  readonly folder: string;
  /** How messages call it: the folder, or the id with its commit. */
  readonly name: string;
  readonly source: HubSource | null;
}

/** What Ctrl-C says while a download goes on. */
const ON_INTERRUPT = "Stopping; the download goes on from here the next time.";

/** The options of every download. */
function hubOptions({ offline }: Pick<ConfigOptions, "offline">, { signal, onEvent }: Downloading): HubOptions {
  return { signal, onEvent, ...(offline === undefined ? {} : { offline }) };
}

/**
 * The folder of a config's model. A model of the hub is downloaded.
 * @throws PavlovError that names the line of the config, or the option.
 */
export async function openModel<
  Value extends { model: string; revision?: string | undefined; adapter?: string | undefined },
>(opened: OpenedConfig<Value>, options: ConfigOptions, downloading: Downloading): Promise<OpenedModel> {
  const { config, loaded } = opened;
  const given = options.model !== undefined;
  // The revision of a config is that of its own model.
  const revision = options.revision ?? (given ? undefined : config.revision);
  const located = (error: unknown, at: "model" | "revision"): unknown => {
    if (!PavlovError.isInstance(error) || given || (at === "revision" && options.revision !== undefined)) return error;
    return loaded.error([at], error.message, { part: "value", hint: error.hint, cause: error });
  };
  if (isAbsolute(config.model)) {
    await checkModel(opened, options);
    if (revision !== undefined) throw located(folderRevision(revision, config.model), "revision");
    return { folder: config.model, name: config.model, source: null };
  }
  const base = given ? process.cwd() : loaded.folder;
  return downloadModel(config.model, { ...options, revision, base }, downloading).catch((error: unknown) => {
    throw located(error, "model");
  });
}

interface ModelRequest extends Pick<ConfigOptions, "offline"> {
  readonly revision?: string | undefined;
  /** Where a folder of the name would lie. */
  readonly base: string;
}

/** The folder of a model of the hub. */
async function downloadModel(id: string, request: ModelRequest, downloading: Downloading): Promise<OpenedModel> {
  const { resolveModel } = await import("@pavlov/trainer");
  const { base, revision } = request;
  const download = resolveModel(id, { ...hubOptions(request, downloading), base, revision });
  const { folder, commit } = await downloading.saying(ON_INTERRUPT, download);
  const problem = await modelProblem(folder);
  if (problem) throw problem;
  if (commit === null) return { folder, name: folder, source: null };
  const source = { id, revision: revision ?? "main", commit };
  return { folder, name: `${id} (commit ${commit.slice(0, 12)})`, source };
}

/** The folder of a model that the command line names. */
export async function openNamedModel(
  reference: string,
  request: Pick<ConfigOptions, "offline" | "revision">,
  downloading: Downloading,
): Promise<OpenedModel> {
  const base = process.cwd();
  const read = await readReference(reference, base);
  if (read.kind === "id") return downloadModel(read.id, { ...request, base }, downloading);
  const problem = await modelProblem(read.path);
  if (problem) throw problem;
  if (request.revision !== undefined) throw folderRevision(request.revision, reference);
  return { folder: read.path, name: read.path, source: null };
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
  const { resolveDataset } = await import("@pavlov/trainer");
  const splits = which === "dataset" ? ["train"] : ["test", "validation"];
  const download = resolveDataset(reference, { ...hubOptions(options, downloading), base: loaded.folder, splits });
  const resolved = await downloading.saying(ON_INTERRUPT, download).catch((error: unknown) => {
    if (!PavlovError.isInstance(error)) throw error;
    throw loaded.error([which], error.message, { part: "value", hint: error.hint, cause: error });
  });
  return { dataset: await loadDataset(resolved.options, loaded.folder), source: datasetSource(reference, resolved) };
}

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
  readonly sources: Readonly<Record<string, HubSource>>;
}> {
  const read = async (which: "dataset" | "evalDataset"): Promise<OpenedDataset> => {
    const { dataset, source } = await openDataset(opened, which, options, downloading);
    return { dataset: await checkDataset(dataset, rewards), source };
  };
  const training = await read("dataset");
  const heldOut = opened.loaded.value.evalDataset === undefined ? undefined : await read("evalDataset");
  const sources = {
    ...(training.source ? { dataset: training.source } : {}),
    ...(heldOut?.source ? { evalDataset: heldOut.source } : {}),
  };
  return { dataset: training.dataset, ...(heldOut ? { evalDataset: heldOut.dataset } : {}), sources };
}

/** What `config.json` says of the hub: nothing where nothing came from there. */
export function hubRecord(
  model: OpenedModel,
  datasets: Readonly<Record<string, HubSource>> = {},
): { readonly hub?: Readonly<Record<string, HubSource>> } {
  const sources = { ...(model.source ? { model: model.source } : {}), ...datasets };
  return Object.keys(sources).length === 0 ? {} : { hub: sources };
}
