/** From what a config calls a dataset to files of this machine: the files themselves, or a split from the hub. */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { PavlovError, type DatasetOptions } from "@pavlov/core";
import type { RepositoryFile } from "./cache.js";
import { readCard } from "./dataset-card.js";
import { chooseFiles } from "./dataset-files.js";
import { datasetId } from "./reference.js";
import { bothReadings } from "./resolve-model.js";
import { checkRevision, DEFAULT_REVISION } from "./revision.js";
import { hubSettings, type HubOptions } from "./settings.js";
import { similarNames } from "./similar-names.js";

/** What a config's `dataset` holds: {@link DatasetOptions}, and for the hub which rows of the repository. */
export interface DatasetReference extends DatasetOptions {
  /** The configuration (subset) of a dataset of the hub. Default: its default one, its only one, or `main`. */
  readonly config?: string | undefined;
  /** The split of a dataset of the hub. Default `train`. */
  readonly split?: string | undefined;
  /** Branch, tag or commit of the hub. Default `main`. */
  readonly revision?: string | undefined;
}

export interface ResolveDatasetOptions extends HubOptions {
  /** Splits to take where none is named, the best first. Default `train`. */
  readonly splits?: readonly string[] | undefined;
}

/** A dataset on this machine. */
export interface ResolvedDataset {
  /**
   * For `loadDataset`: files, and how their columns become prompts. Paths of this machine are left as they were given,
   * relative to the same base.
   */
  readonly options: DatasetOptions;
  /** `org/name` of the hub; null for files. */
  readonly id: string | null;
  readonly commit: string | null;
  readonly config: string | null;
  readonly split: string | null;
}

/** Columns under which datasets of the hub keep what is asked, where no option names one. */
const PROMPT_COLUMNS = ["prompt", "messages", "question", "problem", "instruction", "query"];

/**
 * The files of a dataset. Paths that exist, globs and names with an extension of data are files; `org/name` and `name`
 * are looked for on the hub, and the files of the split are downloaded into the cache of Python's `huggingface_hub`.
 *
 * @param reference a path, an id, or the `dataset` of a config
 * @throws PavlovError where there is neither, or where the repository has no such configuration or split.
 */
export async function resolveDataset(
  reference: string | DatasetReference,
  options: ResolveDatasetOptions = {},
): Promise<ResolvedDataset> {
  const { config, split, revision, ...dataset }: DatasetReference =
    typeof reference === "string" ? { path: reference } : reference;
  const { base = process.cwd(), splits = ["train"] } = options;
  const id = await datasetId(dataset.path, base);
  if (id === null) {
    const given = { config, split, revision };
    for (const [name, value] of Object.entries(given)) {
      if (value === undefined) continue;
      const path = typeof dataset.path === "string" ? dataset.path : dataset.path.join(", ");
      throw new PavlovError(`${name}: ${value} is for datasets of the hub, but ${path} names files.`, {
        hint: `Remove ${name}, or give the id of a dataset, such as openai/gsm8k.`,
      });
    }
    return { options: dataset, id: null, commit: null, config: null, split: null };
  }

  const path = resolve(base, id);
  const settings = await hubSettings(options);
  try {
    const { openSnapshot } = await import("./snapshot.js");
    const snapshot = await openSnapshot({ type: "dataset", id }, checkRevision(revision ?? DEFAULT_REVISION), settings);
    const readme = snapshot.tree.get("README.md");
    if (readme) await snapshot.fetch([readme]);
    const card = readme ? await readCard(await readFile(join(snapshot.folder, "README.md"), "utf8"), id) : [];
    const choice = { id, config, splits: split === undefined ? splits : [split] };
    const chosen = await chooseFiles(snapshot.tree, card, choice);
    if (!snapshot.isListed) requireShards(id, chosen.files);
    if (chosen.note !== undefined) settings.emit({ type: "note", message: chosen.note });
    await snapshot.fetch(chosen.files);
    const name = `${id} (${[chosen.config, chosen.split].filter(Boolean).join(", ")})`;
    const paths = chosen.files.map((file) => join(snapshot.folder, file.path));
    const namesPrompt = [dataset.prompt, dataset.template, dataset.messages].some((option) => option !== undefined);
    return {
      options: { name, ...dataset, path: paths, ...(namesPrompt ? {} : { prompt: PROMPT_COLUMNS }) },
      id,
      commit: snapshot.commit,
      config: chosen.config,
      split: chosen.split,
    };
  } catch (error) {
    throw await bothReadings(error, settings.cacheFolder, `There is no file or folder ${path}.`, () =>
      similarNames("dataset", id, settings),
    );
  }
}

/** Where nobody can say which files there are, their own names do: `-00000-of-00003`. */
function requireShards(id: string, files: readonly RepositoryFile[]): void {
  const paths = files.map(({ path }) => path);
  for (const path of paths) {
    const [, before = "", count = "", after = ""] = /^(.*-)\d{5}-of-(\d{5})(.*)$/.exec(path) ?? [];
    for (let index = 0; index < Number(count); index++) {
      const shard = `${before}${String(index).padStart(5, "0")}-of-${count}${after}`;
      if (paths.includes(shard)) continue;
      throw new PavlovError(`The cache holds only a part of ${id}: it lacks ${shard}.`, {
        hint: "Run once without --offline and HF_HUB_OFFLINE, to download the rest.",
      });
    }
  }
}
