/** `use(reward, options)`: a reward with its weight, column mapping, params and run-time policy, ready to compose. */
import type { ObjectSchema, Reward, SchemaInput } from "../reward.js";
import type { ErrorPolicy, RewardUse } from "../scorer/types.js";

/** How a reward runs; the same for every reward. See {@link RewardUse}. */
export interface RunOptions {
  /** Default 1; with 0 the reward runs and is logged but does not count. Not with an expression. */
  readonly weight?: number;
  readonly onError?: ErrorPolicy;
  /** Milliseconds for one call. */
  readonly timeout?: number;
  /** Calls at the same time. */
  readonly concurrency?: number;
  /** Tries after the first one failed. Default 0. */
  readonly retries?: number;
  /** Run in a worker thread that is killed and replaced when its time is up. */
  readonly isolate?: boolean;
  /** How a worker can import the reward. */
  readonly source?: NonNullable<RewardUse["source"]>;
}

/** Options as the composer checks them, without static knowledge of the reward. */
export interface AnyUseOptions extends RunOptions {
  readonly columns?: Readonly<Record<string, string>>;
  readonly params?: object;
}

/** A reward's params are required where its schema has one without a default. */
export type ParamsOption<Name extends string, Params> = string extends Name
  ? { readonly params?: object }
  : {} extends Params
    ? { readonly params?: Params }
    : { readonly params: Params };

/** Reward column -> dataset column. Any, where the reward is known only at run time (its name is just a string). */
export type ColumnsOption<Name extends string, Columns> = {
  readonly [Column in string extends Name ? string : keyof Columns]?: string;
};

/** Options may be left out where none is required. */
export type OptionsArgument<Options> = {} extends Options ? [options?: Options] : [options: Options];

/** The dataset columns that a reward needs once its own are mapped. */
export type MappedColumns<Columns, Mapping> = {
  readonly [
    Column in keyof Columns as Column extends keyof Mapping ? Extract<Mapping[Column], PropertyKey> : Column
  ]: Columns[Column];
};

/** What {@link use} returns and {@link compose} takes. `Row` is what a dataset row must have; it exists in types only. */
export interface UsedReward<Row extends object = object> {
  readonly reward: Reward;
  readonly options: AnyUseOptions;
  readonly "~row"?: Row;
}

/**
 * A reward as one part of a composite.
 *
 * Nothing is checked before {@link compose}, which knows the part's name for its messages.
 *
 * @example
 * compose({ correct: use(math, { weight: 2, columns: { answer: "solution" } }), short: use(short) });
 */
export function use<
  Name extends string,
  Columns extends ObjectSchema,
  Params extends ObjectSchema,
  const Mapping extends ColumnsOption<Name, SchemaInput<Columns>> = {},
>(
  reward: Reward<Name, Columns, Params>,
  ...[options]: OptionsArgument<RunOptions & { readonly columns?: Mapping } & ParamsOption<Name, SchemaInput<Params>>>
): UsedReward<MappedColumns<SchemaInput<Columns>, Mapping>> {
  return { reward, options: (options ?? {}) as AnyUseOptions };
}
