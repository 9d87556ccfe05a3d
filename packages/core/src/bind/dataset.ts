/**
 * `dataset(rowSchema, source).use(reward, options)`: binds rewards to a dataset's columns, so that a missing or wrongly
 * typed column is a compile error that names it.
 */
import {
  use,
  type AnyUseOptions,
  type OptionsArgument,
  type ParamsOption,
  type RunOptions,
  type UsedReward,
} from "../compose/use.js";
import { resolvePart } from "../compose/resolve-part.js";
import { datasetColumns } from "../compose/columns.js";
import { PavlovError } from "../error.js";
import { suggestion } from "../nearest-name.js";
import type { ObjectSchema, Reward, SchemaInput } from "../reward.js";
import { acceptsUnknownKeys, columnNames, columnsGiven, requiredColumns } from "../schema/json-schema.js";

/** A value of unknown type, such as the further columns of a loose object, is taken at its word. */
type Fits<Value, Wanted> = unknown extends Value ? true : [Value] extends [Wanted] ? true : false;

/** Reward column -> dataset column, where only dataset columns of a fitting type are offered. */
export type FittingColumns<Columns, Row> = {
  readonly [Column in keyof Columns]?: {
    [Name in keyof Row]: Fits<Row[Name], Columns[Column]> extends true ? Name : never;
  }[keyof Row];
};

/** The sentence for a reward column that the row cannot give; never where it can. */
type ColumnProblem<Columns, Row, Mapping> = {
  [Column in keyof Columns & string]-?: Column extends keyof Mapping
    ? never
    : Column extends keyof Row
      ? Fits<Row[Column], Columns[Column]> extends true
        ? never
        : `column "${Column}" has another type in the dataset than the reward needs; map one that fits: columns: { ${Column}: ... }`
      : {} extends Pick<Columns, Column>
        ? never
        : `column "${Column}" is not in the dataset; map it: columns: { ${Column}: ... }`;
}[keyof Columns & string];

/** Demands of the reward what no reward is, with the problem as the text, where a column is missing. */
type ColumnsFit<Columns, Row, Mapping> = [ColumnProblem<Columns, Row, Mapping>] extends [never]
  ? unknown
  : ColumnProblem<Columns, Row, Mapping>;

/** What a dataset's rows look like, and where they are. Made by {@link dataset}. */
export interface DatasetBinding<Row extends ObjectSchema, Source = undefined> {
  /** Describes the rows as they are stored; a loader checks them against it. */
  readonly schema: Row;
  readonly source: Source;
  /**
   * A reward as one part of a composite over this dataset.
   *
   * @throws PavlovError when a column is missing after all (in JavaScript, or where types were erased).
   */
  use<
    Name extends string,
    Columns extends ObjectSchema,
    Params extends ObjectSchema,
    const Mapping extends FittingColumns<SchemaInput<Columns>, SchemaInput<Row>> = {},
  >(
    reward: Reward<Name, Columns, Params> & ColumnsFit<SchemaInput<Columns>, SchemaInput<Row>, Mapping>,
    ...[options]: OptionsArgument<RunOptions & { readonly columns?: Mapping } & ParamsOption<Name, SchemaInput<Params>>>
  ): UsedReward<SchemaInput<Row>>;
}

/**
 * Binds rewards to a dataset whose rows have the type of `rowSchema`'s input.
 *
 * @example
 * const rows = dataset(z.object({ question: z.string(), solution: z.string() }), "data/train.jsonl");
 * compose({ correct: rows.use(math, { columns: { answer: "solution" } }) });
 */
export function dataset<Row extends ObjectSchema, const Source = undefined>(
  rowSchema: Row,
  source?: Source,
): DatasetBinding<Row, Source> {
  const available = columnNames(rowSchema);
  const bind = (reward: Reward, options?: AnyUseOptions): UsedReward<SchemaInput<Row>> => {
    const used = use(reward, options ?? {});
    if (!acceptsUnknownKeys(rowSchema)) checkColumns(reward, used.options, available);
    return used as UsedReward<SchemaInput<Row>>;
  };
  return { schema: rowSchema, source: source as Source, use: bind };
}

function checkColumns(reward: Reward, options: AnyUseOptions, available: readonly string[]): void {
  const part = resolvePart(reward.name, { reward, options }, false);
  const required = new Set(requiredColumns(reward.columns).map((column) => part.columns[column] ?? column));
  for (const [index, name] of datasetColumns(part).entries()) {
    const own = columnsGiven(reward.columns, part.columns)[index] as string;
    const isMapped = Object.hasOwn(part.columns, own);
    if (available.includes(name) || (!required.has(name) && !isMapped)) continue;
    throw new PavlovError(
      `Reward "${reward.name}": column "${name}" is not in the dataset, which has ${available.join(", ")}.` +
        suggestion(name, available),
      { hint: `Map it: columns: { ${own}: "..." }.` },
    );
  }
}
