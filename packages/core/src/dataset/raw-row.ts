/** What the readers of all formats give: rows as read, in batches, with where each came from. */
import { PavlovError } from "../error.js";

/** One row before anything is made of it. */
export interface RawRow {
  readonly values: Readonly<Record<string, unknown>>;
  /** The line where the row begins; the row's number in Parquet. From 1. */
  readonly line: number;
}

/** A file to read: where it is, and what messages call it. */
export interface SourceFile {
  readonly path: string;
  readonly name: string;
}

/** Reads a file's rows, a batch for each chunk of the file, so that a reader never holds the thread for long. */
export type RowReader = (file: SourceFile) => AsyncGenerator<readonly RawRow[], void, void>;

/** An error at a place in a dataset's file: the message begins with `file:line:column`. */
export function rowError(
  location: { readonly file: string; readonly line: number; readonly column?: number },
  message: string,
  cause?: unknown,
): PavlovError {
  const { file, line, column } = location;
  const place = column === undefined ? `${file}:${line}` : `${file}:${line}:${column}`;
  return new PavlovError(`${place}: ${message}`, { location, ...(cause === undefined ? {} : { cause }) });
}

/** `text`, `a list`, `null`, `an object`, `a number`: a value's kind, for messages. */
export function describeKind(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "text";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
