/** Text of a CSV file as the numbers and booleans that its readers declare. */
import { PavlovError } from "../error.js";
import type { JsonSchema } from "../schema/json-schema.js";
import type { ColumnReader } from "./reward-columns.js";
import type { Dataset } from "./types.js";

type Kind = "number" | "boolean" | "text";

interface Target {
  readonly kind: Kind;
  readonly label: string;
  readonly nullable: boolean;
  readonly required: boolean;
}

const numberPattern = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const booleans: Readonly<Record<string, boolean>> = { true: true, false: false, "1": true, "0": false };

/**
 * The dataset with its text turned into the declared numbers and booleans; what does not read as one stays text, for
 * the check that follows. An empty cell of such a column is null where its reader allows null, and absent where the
 * column is optional.
 *
 * @throws PavlovError when two readers read one column as different types.
 */
export function coerceText(dataset: Dataset, readers: readonly ColumnReader[]): Dataset {
  const targets = [...findTargets(dataset, readers)].filter(([, { kind }]) => kind !== "text");
  if (targets.length === 0) return dataset;
  const rows = dataset.rows.map((row) => {
    const columns: Record<string, unknown> = { ...row.columns };
    for (const [column, target] of targets) {
      const cell = columns[column];
      if (typeof cell !== "string") continue;
      const value = coerce(cell.trim(), target);
      if (value === undefined) delete columns[column];
      else columns[column] = value;
    }
    return { ...row, columns };
  });
  return { ...dataset, rows };
}

function findTargets(dataset: Dataset, readers: readonly ColumnReader[]): ReadonlyMap<string, Target> {
  const targets = new Map<string, Target>();
  for (const { label, columns } of readers) {
    for (const { source, schema, required } of columns) {
      const types = scalarTypes(schema);
      const target = { kind: kindOf(types), label, nullable: types.has("null"), required };
      const other = targets.get(source);
      if (other !== undefined && other.kind !== target.kind) {
        throw new PavlovError(
          `Column "${source}" of ${dataset.name} is read as ${noun(other.kind)} by ${other.label} and as ` +
            `${noun(target.kind)} by ${label}; CSV text can be only one of them: add a second column or store the ` +
            `rows as JSONL`,
        );
      }
      targets.set(source, {
        ...target,
        nullable: target.nullable && (other?.nullable ?? true),
        required: target.required || (other?.required ?? false),
      });
    }
  }
  return targets;
}

function noun(kind: Kind): string {
  return kind === "text" ? "text" : `a ${kind}`;
}

function kindOf(types: ReadonlySet<string>): Kind {
  const wanted = [...types].filter((type) => type !== "null");
  if (wanted.length === 0) return "text";
  if (wanted.every((type) => type === "number" || type === "integer")) return "number";
  return wanted.every((type) => type === "boolean") ? "boolean" : "text";
}

/** The JSON types that a schema accepts, as far as it says so by `type`, `enum`, `const`, `anyOf` and `oneOf`. */
function scalarTypes(schema: JsonSchema): ReadonlySet<string> {
  const { type, enum: values, anyOf, oneOf } = schema as Readonly<Record<string, unknown>>;
  if (typeof type === "string") return new Set([type]);
  if (Array.isArray(type)) return new Set(type.map(String));
  const options = anyOf ?? oneOf;
  if (Array.isArray(options)) {
    const types = options.map((option: JsonSchema) => scalarTypes(option));
    return types.some(({ size }) => size === 0) ? new Set() : new Set(types.flatMap((each) => [...each]));
  }
  const constants: unknown[] = Array.isArray(values) ? values : "const" in schema ? [schema["const"]] : [];
  return new Set(constants.map((value) => (value === null ? "null" : typeof value)));
}

function coerce(text: string, { kind, nullable, required }: Target): unknown {
  if (text === "") {
    if (nullable) return null;
    return required ? text : undefined;
  }
  if (kind === "boolean") return booleans[text.toLowerCase()] ?? text;
  return numberPattern.test(text) ? Number(text) : text;
}
