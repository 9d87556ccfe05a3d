/** The columns of a composite: the union of the dataset columns that its parts read, after their mappings. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { ObjectSchema } from "../reward.js";
import { columnsGiven } from "../schema/json-schema.js";
import { validate, type SchemaIssue, type Validation } from "../schema/validate.js";
import type { RewardUse } from "../scorer/types.js";
import { mergeJsonSchemas } from "./merge-json-schemas.js";

type Parts = Readonly<Record<string, RewardUse>>;
type Row = Readonly<Record<string, unknown>>;

/**
 * A schema under dataset names. It accepts a row that every part accepts, and returns the row's raw values cut down to
 * those columns: each part applies its own defaults and transforms when it scores.
 */
export function compositeColumns(parts: Parts): ObjectSchema {
  const uses = Object.values(parts);
  const jsonSchema = () =>
    mergeJsonSchemas(
      uses.map((use) => ({
        schema: use.reward.columns,
        names: columnsGiven(use.reward.columns, use.columns),
        rename: (column: string) => datasetName(use, column),
      })),
    );
  return {
    "~standard": {
      version: 1,
      vendor: "pavlov",
      validate(value) {
        if (typeof value !== "object" || value === null || Array.isArray(value)) {
          return { issues: [{ message: "Invalid input: expected an object" }] };
        }
        const row = value as Row;
        const results = uses.map((use) => validate(use.reward.columns, project(row, use)));
        return results.some((result) => result instanceof Promise)
          ? Promise.all(results).then((settled) => merge(row, uses, settled))
          : merge(row, uses, results as readonly Validation<object>[]);
      },
      jsonSchema: { input: jsonSchema, output: jsonSchema },
    },
  };
}

/** The dataset columns of one part, under the dataset's names. */
export function datasetColumns(use: RewardUse): readonly string[] {
  return columnsGiven(use.reward.columns, use.columns).map((column) => datasetName(use, column));
}

function datasetName(use: RewardUse, column: string): string {
  return Object.hasOwn(use.columns, column) ? (use.columns[column] ?? column) : column;
}

/** The part's columns under its own names; absent ones stay absent. */
function project(row: Row, use: RewardUse): Row {
  const entries = columnsGiven(use.reward.columns, use.columns).flatMap((column): [string, unknown][] => {
    const source = datasetName(use, column);
    return Object.hasOwn(row, source) ? [[column, row[source]]] : [];
  });
  return Object.fromEntries(entries);
}

function merge(
  row: Row,
  uses: readonly RewardUse[],
  results: readonly Validation<object>[],
): StandardSchemaV1.Result<object> {
  const issues = results.flatMap((result, index): SchemaIssue[] => {
    const use = uses[index];
    if (result.ok || use === undefined) return [];
    return result.issues.map(({ path: [column, ...rest], message }) => ({
      message,
      path: column === undefined ? [] : [datasetName(use, String(column)), ...rest],
    }));
  });
  if (issues.length > 0) return { issues };
  const names = new Set(uses.flatMap(datasetColumns));
  return { value: Object.fromEntries(Object.entries(row).filter(([name]) => names.has(name))) };
}
