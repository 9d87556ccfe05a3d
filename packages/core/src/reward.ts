/**
 * What a reward is: one scoring function with a name, declared columns, declared params and a range.
 *
 * The schemas are Standard Schema + Standard JSON Schema, so zod (>= 4.2), valibot or arktype may write them.
 */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";

/** A schema that validates an object and can describe itself as JSON Schema. */
export type ObjectSchema<Input extends object = object, Output extends object = object> = StandardSchemaV1<
  Input,
  Output
> &
  StandardJSONSchemaV1<Input, Output>;

/** What an omitted `columns` or `params` means: an empty object. */
export type NoSchema = ObjectSchema<{}, {}>;

/** What the schema accepts: dataset values and settings as a user writes them. */
export type SchemaInput<S extends ObjectSchema> = StandardSchemaV1.InferInput<S>;
/** What the schema's validation returns: defaults applied, values transformed. */
export type SchemaOutput<S extends ObjectSchema> = StandardSchemaV1.InferOutput<S>;

/** One chat message, as in the Hugging Face conversational format. */
export interface Message {
  readonly role: string;
  readonly content: string;
}

/**
 * What a reward may ask for beside the completion and its columns. Naming it in `reads` puts it on the sample: one that
 * lacks it fails. Naming it in `readsIfPresent` puts it on the samples that have it: a file of completions may come
 * without token ids.
 */
export interface SampleInputs {
  /** The prompt as text: the chat template's output where the prompt is a conversation. */
  readonly prompt: string;
  /** The prompt as messages; a plain prompt is one user message. */
  readonly messages: readonly Message[];
  /** Token ids of the completion, the end-of-sequence token included. */
  readonly tokenIds: readonly number[];
  /** `stop`: ended by itself. `length`: cut at the limit. */
  readonly finishReason: "stop" | "length";
  /** The optimizer step, from 0. */
  readonly step: number;
}

/** What `reads` and `readsIfPresent` may name. */
export type ReadKey = keyof SampleInputs;

/** What a reward uses outside of its own process: services, other programs, a model's weights. */
export type Need = "network" | "subprocess" | "model";

/** What a reward scores: one completion and the row's declared columns. It sees no other column. */
export type Sample<Columns, Reads extends ReadKey = never, ReadsIfPresent extends ReadKey = never> = {
  readonly completion: string;
  readonly columns: Columns;
  /** Position in the batch, from 0. */
  readonly index: number;
  /** Samples of one prompt share it. */
  readonly groupId: string;
} & Pick<SampleInputs, Reads> &
  Partial<Pick<SampleInputs, ReadsIfPresent>>;

/** Lowest and highest possible score; null is unbounded. */
export type Range = readonly [min: number | null, max: number | null];

/** A finite number, or null: the reward does not apply to this row and abstains. */
export type Score = number | null;

/** What a scoring method returns for one sample. */
export type ScoreResult =
  | Score
  | {
      readonly score: Score;
      readonly reason?: string;
      /** What was measured of the sample; logged as means. */
      readonly metrics?: Readonly<Record<string, number>>;
      /** What scoring used up, such as requests, tokens or money; logged as sums. Results from the cache have none. */
      readonly usage?: Readonly<Record<string, number>>;
    };

/**
 * What `scoreGroup` and `scoreBatch` return for one of their samples: an error in its place is a failure of that sample
 * alone, where a throw is one of all.
 */
export type ScoreResultOrError = ScoreResult | Error;

/** A value now or later. */
export type MaybePromise<T> = T | Promise<T>;

/** What every call of a reward is given beside the sample. */
export interface RewardContext<Params, State> {
  readonly params: Params;
  /** What `setup` returned. */
  readonly state: State;
  /** Aborted when the run stops or the reward's time is up. */
  readonly signal: AbortSignal;
  /** A number that is the same for the same run, step and sample. */
  readonly seed: number;
  /** The environment variables that `env` names, and those of `envIfPresent` that are set. */
  readonly env: Readonly<Record<string, string>>;
  log(message: string): void;
  readonly fetch: typeof globalThis.fetch;
}

/** What `setup` is given: there is no state and no sample yet. */
export type SetupContext<Params> = Omit<RewardContext<Params, never>, "state" | "seed">;

/** Exactly one of them. `score` stands last because TypeScript's message for a spec without any names the last. */
export type ScoringMethods<S, Context> =
  | {
      scoreGroup(group: readonly S[], context: Context): MaybePromise<readonly ScoreResultOrError[]>;
      score?: never;
      scoreBatch?: never;
    }
  | {
      scoreBatch(samples: readonly S[], context: Context): MaybePromise<readonly ScoreResultOrError[]>;
      score?: never;
      scoreGroup?: never;
    }
  | { score(sample: S, context: Context): MaybePromise<ScoreResult>; scoreGroup?: never; scoreBatch?: never };

/** What {@link defineReward} takes. */
export type RewardSpec<
  Name extends string,
  Columns extends ObjectSchema,
  Params extends ObjectSchema,
  Reads extends ReadKey,
  State,
  ReadsIfPresent extends Exclude<ReadKey, Reads> = never,
> = {
  name: Name;
  description: string;
  /**
   * The dataset's columns that the reward is given. A schema that takes unknown keys (`z.looseObject`) is given those
   * besides that a use's column mapping names.
   */
  columns?: Columns;
  params?: Params;
  /** Inputs that the reward cannot score without. */
  reads?: readonly Reads[];
  /** Inputs that the reward takes where a sample has them, and can do without. */
  readsIfPresent?: readonly ReadsIfPresent[];
  range: Range | ((params: SchemaOutput<Params>) => Range);
  /** The same input gives the same score. Default true. */
  deterministic?: boolean;
  /**
   * Results may be kept on disk: for rewards that are slow or cost money. Those of `score` and `scoreBatch` are kept by
   * sample, so each must come from its sample alone; those of `scoreGroup` by group. Default false.
   */
  cacheable?: boolean;
  /**
   * Changed whenever the reward comes to score otherwise, so that results kept of it are not used any more. Of a reward
   * that is imported from a package or a file, their contents count too, with what the file imports; of one made
   * elsewhere nothing else is known, and without a version its results are not kept.
   */
  version?: string;
  /** Environment variables with secrets; they never reach config, logs or error messages. */
  env?: readonly string[];
  /** As `env`, for variables that the reward can do without. */
  envIfPresent?: readonly string[];
  /** What it uses outside of its own process, for those who choose a reward; nothing is granted or withheld by it. */
  needs?: readonly Need[];
  setup?(context: SetupContext<SchemaOutput<Params>>): MaybePromise<State>;
  dispose?(state: State): MaybePromise<void>;
} & ScoringMethods<Sample<SchemaOutput<Columns>, Reads, ReadsIfPresent>, RewardContext<SchemaOutput<Params>, State>>;

/** What a reward's one call scores. */
export type RewardScope = "sample" | "group" | "batch";

/** A reward as the registry, the composer and the scorer see it. Made by {@link defineReward}. */
export interface Reward<
  Name extends string = string,
  Columns extends ObjectSchema = ObjectSchema,
  Params extends ObjectSchema = ObjectSchema,
> {
  readonly name: Name;
  readonly description: string;
  readonly columns: Columns;
  readonly params: Params;
  readonly reads: readonly ReadKey[];
  /** Never names what `reads` does. */
  readonly readsIfPresent: readonly ReadKey[];
  readonly scope: RewardScope;
  readonly deterministic: boolean;
  readonly cacheable: boolean;
  readonly version?: string;
  readonly env: readonly string[];
  readonly envIfPresent: readonly string[];
  readonly needs: readonly Need[];
  /** The range under the given (validated) params. */
  range(params: SchemaOutput<Params>): Range;
  setup?(context: SetupContext<SchemaOutput<Params>>): MaybePromise<unknown>;
  dispose?(state: unknown): MaybePromise<void>;
  /** Present when `scope` is `sample`. */
  score?(
    sample: Sample<SchemaOutput<Columns>, ReadKey>,
    context: RewardContext<SchemaOutput<Params>, unknown>,
  ): MaybePromise<ScoreResult>;
  /** Present when `scope` is `group`. */
  scoreGroup?(
    group: readonly Sample<SchemaOutput<Columns>, ReadKey>[],
    context: RewardContext<SchemaOutput<Params>, unknown>,
  ): MaybePromise<readonly ScoreResultOrError[]>;
  /** Present when `scope` is `batch`. */
  scoreBatch?(
    samples: readonly Sample<SchemaOutput<Columns>, ReadKey>[],
    context: RewardContext<SchemaOutput<Params>, unknown>,
  ): MaybePromise<readonly ScoreResultOrError[]>;
}
