/** A dataset as the trainer sees it: prompts, and the columns that rewards read. */
import type { Message } from "../reward.js";
import type { DatasetFormat } from "./format.js";

/** Where a row came from, for error messages. Line numbers start at 1. */
export interface RowLocation {
  readonly file: string;
  readonly line: number;
}

export interface DatasetRow {
  /** Text, or a conversation for the model's chat template. */
  readonly prompt: string | readonly Message[];
  /** The demonstration, where the dataset has one (supervised training). */
  readonly completion?: string;
  /** Every column of the row, as read. */
  readonly columns: Readonly<Record<string, unknown>>;
  readonly location: RowLocation;
}

export interface Dataset {
  readonly name: string;
  /** Absent for rows from memory. The values of `csv` are all text until rewards that declare types are checked. */
  readonly format?: DatasetFormat;
  readonly columnNames: readonly string[];
  readonly rows: readonly DatasetRow[];
}
