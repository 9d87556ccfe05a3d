/** Which dataset columns a reward reads: through the parts of composites, however deep, and their mappings. */
import type { ObjectSchema, Reward } from "../reward.js";
import { columnSchema, columnsGiven, requiredColumns, type JsonSchema } from "../schema/json-schema.js";
import { isComposite } from "../scorer/plan.js";
import type { RewardUse } from "../scorer/types.js";

/** One column that a reward declares, and the dataset's column that it is read from. */
export interface ReadColumn {
  readonly column: string;
  readonly source: string;
  /** The mapping names it, rather than the column mapping to itself. */
  readonly mapped: boolean;
  readonly required: boolean;
  readonly schema: JsonSchema;
}

/** Something that reads rows: a reward that is no composite, or a schema of rows. */
export interface ColumnReader {
  /** `reward "correct" (math)`. */
  readonly label: string;
  /** The names that lead to it in a composite; empty for a reward alone. */
  readonly names: readonly string[];
  /** Validates the columns under the reader's own names. */
  readonly schema: ObjectSchema;
  readonly columns: readonly ReadColumn[];
}

/** The rewards inside a reward, or the reward itself, each with its columns under the dataset's names. */
export function rewardColumns(reward: Reward): readonly ColumnReader[] {
  return leaves(reward, [], {}, (column) => ({ source: column, mapped: false }));
}

interface Source {
  readonly source: string;
  readonly mapped: boolean;
}

function leaves(
  reward: Reward,
  names: readonly string[],
  mapping: RewardUse["columns"],
  find: (column: string) => Source,
): readonly ColumnReader[] {
  if (isComposite(reward)) {
    return Object.entries(reward.parts).flatMap(([name, part]) =>
      leaves(part.reward, [...names, name], part.columns, (column) => through(part, column, find)),
    );
  }
  const name = names.join(".");
  const label = name === "" || name === reward.name ? `reward "${reward.name}"` : `reward "${name}" (${reward.name})`;
  return [{ ...readerOf(label, reward.columns, find, mapping), names }];
}

/** What reads a schema's columns, each from the dataset's column of its own name unless `find` says otherwise. */
export function readerOf(
  label: string,
  schema: ObjectSchema,
  find: (column: string) => Source = (column) => ({ source: column, mapped: false }),
  mapping: RewardUse["columns"] = {},
): ColumnReader {
  const required = new Set(requiredColumns(schema));
  const columns = columnsGiven(schema, mapping).map((column) => ({
    column,
    ...find(column),
    required: required.has(column),
    schema: columnSchema(schema, column) ?? {},
  }));
  return { label, names: [], schema, columns };
}

function through({ columns }: RewardUse, column: string, find: (column: string) => Source): Source {
  const named = Object.hasOwn(columns, column) ? columns[column] : undefined;
  const outer = find(named ?? column);
  return { source: outer.source, mapped: outer.mapped || named !== undefined };
}

/** `string`, `number or null`, `"a" or "b"`: what a column must hold, for messages. */
export function describeType(schema: JsonSchema): string {
  const types = schema["type"];
  if (Array.isArray(schema["enum"])) return schema["enum"].map((value) => JSON.stringify(value)).join(" or ");
  if ("const" in schema) return JSON.stringify(schema["const"]);
  if (typeof types === "string") return types;
  if (Array.isArray(types)) return types.join(" or ");
  const options = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(options))
    return [...new Set(options.map((option: JsonSchema) => describeType(option)))].join(" or ");
  return "any value";
}
