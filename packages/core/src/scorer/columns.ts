/** Cuts a dataset row down to what a reward declared, and has the reward's own schema validate it. */
import type { MaybePromise, ObjectSchema } from "../reward.js";
import { type SchemaIssue, validate, type Validation } from "../schema/validate.js";
import { describeThrown, showValue } from "./outcome.js";

type Row = Readonly<Record<string, unknown>>;

/** Reward column -> dataset column; columns that are not named map to themselves. */
export type ColumnMapping = Readonly<Record<string, string>>;

export type ColumnsResult =
  | { readonly ok: true; readonly columns: object }
  | { readonly ok: false; readonly message: string };

/** The dataset column behind a reward's column. */
export function datasetColumn(mapping: ColumnMapping, column: string): string {
  return Object.hasOwn(mapping, column) ? (mapping[column] ?? column) : column;
}

/** The declared columns of a row under the reward's names, not yet validated. Absent ones stay absent. */
export function projectRow(row: Row, declared: readonly string[], mapping: ColumnMapping): Row {
  const entries: [string, unknown][] = [];
  for (const column of declared) {
    const source = datasetColumn(mapping, column);
    // Own properties only: a mapping to "constructor" or "__proto__" finds nothing.
    if (Object.hasOwn(row, source)) entries.push([column, row[source]]);
  }
  return Object.fromEntries(entries);
}

/** Validates projected columns: defaults applied, values transformed. Never throws or rejects. */
export function validateColumns(
  schema: ObjectSchema,
  projected: Row,
  mapping: ColumnMapping,
): MaybePromise<ColumnsResult> {
  const read = (validation: Validation<object>): ColumnsResult =>
    validation.ok
      ? { ok: true, columns: validation.value }
      : { ok: false, message: describeIssues(validation.issues, projected, mapping) };
  const refuse = (thrown: unknown): ColumnsResult => ({
    ok: false,
    message: `the columns' schema threw: ${describeThrown(thrown)}`,
  });
  try {
    const validation = validate(schema, projected);
    return validation instanceof Promise ? validation.then(read, refuse) : read(validation);
  } catch (thrown) {
    return refuse(thrown);
  }
}

/** The columns for one sample: samples of one row share a validation, and must not see each other's changes. */
export function copyColumns(columns: object): object {
  return Object.getPrototypeOf(columns) === Object.prototype ? { ...columns } : columns;
}

function describeIssues(issues: readonly SchemaIssue[], projected: Row, mapping: ColumnMapping): string {
  const [first] = issues;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  const column = first?.path[0];
  if (first === undefined || column === undefined) return `the columns are invalid: ${first?.message ?? ""}${more}`;
  const source = datasetColumn(mapping, String(column));
  const named = source === column ? `column "${source}"` : `column "${source}" (the reward's "${column}")`;
  if (!Object.hasOwn(projected, column)) return `the row has no ${named}${more}`;
  const inside = first.path.length > 1 ? ` at ${first.path.slice(1).join(".")}` : "";
  return `${named} is ${showValue(projected[column])}${inside}: ${first.message}${more}`;
}
