/** What a dataset may be told: where it lies and how its columns become prompts. */
import type { DatasetFormat } from "./format.js";

/** How columns become prompts and demonstrations. */
export interface PromptOptions {
  /** The column that holds the prompt: text, or chat messages; of several names the first that a row has. Default `prompt`. */
  readonly prompt?: string | readonly string[] | undefined;
  /** A prompt written around columns: `What is {{a}} + {{b}}?`. Instead of `prompt`. */
  readonly template?: string | undefined;
  /** A system message before every prompt; it makes a text prompt a conversation of system and user. */
  readonly system?: string | undefined;
  /**
   * The column that holds chat messages. Instead of `prompt`. Where the last message is the assistant's and no
   * `completion` is named, that message is the demonstration and the ones before it are the prompt.
   */
  readonly messages?: string | undefined;
  /** The column that holds the demonstration for supervised training. Default: `completion`, where there is one. */
  readonly completion?: string | undefined;
}

/** Which rows are kept. */
export interface SelectionOptions {
  /** At most so many rows, the first ones (after shuffling). */
  readonly limit?: number | undefined;
  /** Put the rows in a random order: true, or the seed of the order. Default false: the order of the file. */
  readonly shuffle?: boolean | number | undefined;
}

/** Options of {@link loadDataset}; also the `dataset` of a config file. */
export interface DatasetOptions extends PromptOptions, SelectionOptions {
  /** A file, a glob such as `data/*.jsonl`, or a list of them. */
  readonly path: string | readonly string[];
  /** Default: by the file's extension. */
  readonly format?: DatasetFormat | undefined;
  /** What messages call the dataset. Default: its path. */
  readonly name?: string | undefined;
}

/** Options of {@link datasetFromRows}. */
export interface RowsOptions extends PromptOptions, SelectionOptions {
  /** What messages call the dataset. Default `rows`. */
  readonly name?: string | undefined;
}
