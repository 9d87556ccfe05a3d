/** Checks a dataset against the rewards that will read it, before anything trains: columns first, then every row. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { PavlovError, type ErrorLocation } from "../error.js";
import { nearest } from "../nearest-name.js";
import type { ObjectSchema, Reward } from "../reward.js";
import { compileJsonSchema } from "../schema/compile-json-schema.js";
import { toJsonSchema } from "../schema/json-schema.js";
import { formatPath, validate, type SchemaIssue } from "../schema/validate.js";
import { coerceText } from "./coerce-text.js";
import { describeType, readerOf, rewardColumns, type ReadColumn, type ColumnReader } from "./reward-columns.js";
import type { Dataset, DatasetRow } from "./types.js";

const shownRows = 3;
/** Milliseconds of checking after which other work gets its turn. */
const turn = 10;

/** Names under which datasets keep the right answer: offered for one another. */
const answerColumns = [
  "answer",
  "solution",
  "target",
  "label",
  "ground_truth",
  "gold",
  "reference",
  "expected",
  "output",
];

/** A column that a reward needs and that a dataset has not. */
export interface MissingColumn {
  /** The names that lead to the reward in its composite; empty for a reward alone. */
  readonly names: readonly string[];
  /** The reward's own name of the column. */
  readonly column: string;
}

export interface CheckDatasetOptions {
  /** Says where the missing column would be mapped: the message, with the line of a config before it. */
  readonly place?: (message: string, missing: MissingColumn) => string;
}

/**
 * Checks that every column that the reward (or any part of the composite) needs is there, and that every row fits:
 * first against the JSON Schema of the columns, then with the schema itself, which may refine and transform.
 *
 * @returns the dataset; where it is CSV, with its text turned into the declared numbers and booleans
 * @throws PavlovError that lists the dataset's columns and how to map one, or names the first rows that do not fit
 *   with file, line and column, and how many there are.
 */
export async function checkDataset(
  dataset: Dataset,
  reward: Reward,
  { place }: CheckDatasetOptions = {},
): Promise<Dataset> {
  return checkReaders(dataset, rewardColumns(reward), place);
}

/**
 * Checks that every row fits a schema of rows, as {@link checkDataset} does for rewards.
 *
 * @param label what messages call the schema
 */
export async function checkRows(dataset: Dataset, schema: ObjectSchema, label = "the row schema"): Promise<Dataset> {
  return checkReaders(dataset, [readerOf(label, schema)]);
}

async function checkReaders(
  dataset: Dataset,
  readers: readonly ColumnReader[],
  place: CheckDatasetOptions["place"] = (message) => message,
): Promise<Dataset> {
  const missing = readers.flatMap((each) => missingColumns(dataset, each, place));
  if (missing.length > 0) throw new PavlovError(missing.join("\n"), { location: { file: dataset.name } });
  const typed = dataset.format === "csv" ? coerceText(dataset, readers) : dataset;

  const failures: RowFailure[] = [];
  const pause = pauser();
  for (const each of readers) {
    if (each.columns.length === 0) continue;
    const failure = await findFailure(typed, each, pause);
    if (failure !== undefined) failures.push(failure);
  }
  const [first] = failures;
  if (first === undefined) return typed;
  throw new PavlovError(failures.map(({ message }) => message).join("\n"), { location: first.location });
}

function missingColumns(
  dataset: Dataset,
  { label, names, columns }: ColumnReader,
  place: NonNullable<CheckDatasetOptions["place"]>,
): string[] {
  const has = dataset.columnNames;
  return columns
    .filter(({ source, required, mapped }) => (required || mapped) && !has.includes(source))
    .map((read) => {
      const { column, source, mapped, schema } = read;
      const from = mapped ? `, mapped to "${source}"` : "";
      const proposal = proposeColumn(dataset, read);
      const remedy = proposal === undefined ? "" : `. Map it: columns: { ${column}: ${proposal} }`;
      const needs = `${label} needs column "${column}" (${describeType(schema)})${from}`;
      return place(`${needs}; ${dataset.name} has: ${has.join(", ")}${remedy}`, { names, column });
    });
}

/** What rows hold beside what rewards are told of them. */
const notForRewards = ["prompt", "completion", "messages"];

/** The column that was probably meant: a near name, another usual name of answers, or one that nothing else is for. */
function proposeColumn({ columnNames, rows }: Dataset, { column, source }: ReadColumn): string | undefined {
  const near = nearest(source, columnNames) ?? nearest(column, columnNames);
  if (near !== undefined) return near;
  const first = rows[0];
  const others = columnNames.filter((name) => !notForRewards.includes(name) && first?.columns[name] !== first?.prompt);
  const usual = answerColumns.includes(column) ? answerColumns.find((name) => others.includes(name)) : undefined;
  return usual ?? others[0];
}

interface RowFailure {
  readonly message: string;
  readonly location: ErrorLocation;
}

type RowCheck = (values: object) => readonly SchemaIssue[] | Promise<readonly SchemaIssue[]>;

async function findFailure(
  dataset: Dataset,
  read: ColumnReader,
  pause: () => Promise<void> | undefined,
): Promise<RowFailure | undefined> {
  const { schema } = read;
  const bySchema: RowCheck = (values) => {
    const result = validate(schema, values);
    return result instanceof Promise ? result.then(issuesOf) : issuesOf(result);
  };
  const checks: readonly RowCheck[] = [await compileJsonSchema(toJsonSchema(schema)), bySchema];
  for (const check of checks) {
    const lines: string[] = [];
    let failed: DatasetRow | undefined;
    let count = 0;
    for (const row of dataset.rows) {
      const outcome = check(readValues(row, read));
      const issues = outcome instanceof Promise ? await outcome : outcome;
      if (issues.length > 0) {
        failed ??= row;
        if (count++ < shownRows) lines.push(...issues.map((issue) => describeIssue(issue, row, read)));
      }
      const paused = pause();
      if (paused) await paused;
    }
    if (failed === undefined) continue;
    if (count > shownRows) lines.push(`and ${count - shownRows} more`);
    const rows = count === 1 ? "1 row" : `${count} rows`;
    const verb = count === 1 ? "does" : "do";
    return {
      message: [`${rows} of ${dataset.name} ${verb} not fit ${read.label}:`, ...lines].join("\n  "),
      location: failed.location,
    };
  }
  return undefined;
}

function issuesOf(result: { ok: true } | { ok: false; issues: readonly SchemaIssue[] }): readonly SchemaIssue[] {
  return result.ok ? [] : result.issues;
}

/** The row's values under the reward's own column names; absent ones stay absent. */
function readValues({ columns: values }: DatasetRow, { columns }: ColumnReader): object {
  const result: Record<string, unknown> = {};
  for (const { column, source } of columns) if (Object.hasOwn(values, source)) result[column] = values[source];
  return result;
}

function describeIssue({ path, message }: SchemaIssue, row: DatasetRow, { columns }: ColumnReader): string {
  const [column, ...inside] = path;
  const read = columns.find((each) => each.column === column);
  const place = `${row.location.file}:${row.location.line}`;
  if (read === undefined) return `${place}: ${message}`;
  const within = inside.length === 0 ? "" : ` at ${formatPath(inside)}`;
  const alias = read.source === read.column ? "" : ` (read as "${read.column}")`;
  const joint = /^(must|is) /.test(message) ? " " : ": ";
  return `${place}: column "${read.source}"${alias}${within}${joint}${message}`;
}

/** Lets timers and input be served whenever a turn was used up. */
function pauser(): () => Promise<void> | undefined {
  let began = performance.now();
  return () => {
    if (performance.now() - began < turn) return undefined;
    return nextTurn().then(() => {
      began = performance.now();
    });
  };
}
