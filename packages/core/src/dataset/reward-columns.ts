/** Which dataset columns a reward reads: through the parts of composites, however deep, and their mappings. */
import type { Reward } from "../reward.js";
import { columnNames, columnSchema, requiredColumns, type JsonSchema } from "../schema/json-schema.js";
import type { Composite, RewardUse } from "../scorer/types.js";

/** One column that a reward declares, and the dataset's column that it is read from. */
export interface ReadColumn {
  readonly column: string;
  readonly source: string;
  /** The mapping names it, rather than the column mapping to itself. */
  readonly mapped: boolean;
  readonly required: boolean;
  readonly schema: JsonSchema;
}

/** A reward that is no composite, with the columns that it reads. */
export interface RewardColumns {
  /** `reward "correct" (math)`. */
  readonly label: string;
  readonly reward: Reward;
  readonly columns: readonly ReadColumn[];
}

/** The rewards inside a reward, or the reward itself, each with its columns under the dataset's names. */
export function rewardColumns(reward: Reward): readonly RewardColumns[] {
  return leaves(reward, [], (column) => ({ source: column, mapped: false }));
}

interface Source {
  readonly source: string;
  readonly mapped: boolean;
}

function leaves(reward: Reward, names: readonly string[], find: (column: string) => Source): readonly RewardColumns[] {
  if (isComposite(reward)) {
    return Object.entries(reward.parts).flatMap(([name, part]) =>
      leaves(part.reward, [...names, name], (column) => through(part, column, find)),
    );
  }
  const name = names.join(".");
  const required = new Set(requiredColumns(reward.columns));
  return [
    {
      label: name === "" || name === reward.name ? `reward "${reward.name}"` : `reward "${name}" (${reward.name})`,
      reward,
      columns: columnNames(reward.columns).map((column) => ({
        column,
        ...find(column),
        required: required.has(column),
        schema: columnSchema(reward.columns, column) ?? {},
      })),
    },
  ];
}

function through({ columns }: RewardUse, column: string, find: (column: string) => Source): Source {
  const named = Object.hasOwn(columns, column) ? columns[column] : undefined;
  const outer = find(named ?? column);
  return { source: outer.source, mapped: outer.mapped || named !== undefined };
}

function isComposite(reward: Reward): reward is Composite {
  return "parts" in reward && typeof reward.parts === "object" && reward.parts !== null;
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
