/** Scores samples with one reward as a run would: through the scorer, `setup` before and `dispose` after. */
import { resolvePart } from "../compose/resolve-part.js";
import type { OptionsArgument, ParamsOption, RunOptions } from "../compose/use.js";
import { errorMessage, PavlovError } from "../error.js";
import { createScorer } from "../scorer/create-scorer.js";
import type { Composite, Scorer, ScorerSample } from "../scorer/types.js";
import type { ObjectSchema, Reward, SchemaInput, Score } from "../reward.js";
import type { FixtureSample } from "./fixture.js";
import type { RecordedFetch } from "./record-fetch.js";
import { environmentOf } from "./test-environment.js";

export type { OptionsArgument };

/** What a reward said of one sample. */
export interface ScoredSample {
  /** Null where it abstained. */
  readonly score: Score;
  readonly reason?: string;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly usage?: Readonly<Record<string, number>>;
  readonly completion: string;
  /** The reward's name. */
  readonly reward: string;
}

/** What scoring in a test may be given beside the samples. */
export interface ScoringOptions {
  /** Where the variables that the reward names come from. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What `context.fetch` calls, such as what {@link recordFetch} made. Default the global one. */
  readonly fetch?: typeof globalThis.fetch | RecordedFetch;
  /** Decides `context.seed`. Default 0. */
  readonly seed?: number;
  readonly log?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/** A sample whose columns are those of the reward, which may be left out where it needs none. */
export type TestSample<Columns> = Omit<FixtureSample, "columns"> &
  ({} extends Columns ? { readonly columns?: Columns } : { readonly columns: Columns });

/** Options with the reward's own params, which are required where one has no default. */
export type TestOptions<Name extends string, Params> = ScoringOptions & ParamsOption<Name, Params>;

/**
 * What a reward says of one sample.
 *
 * @throws PavlovError for params or columns that do not fit, and wherever a run would count a failure: what the reward
 *   throws, a score that is no finite number or outside the range.
 */
export async function scoreSample<Name extends string, Columns extends ObjectSchema, Params extends ObjectSchema>(
  reward: Reward<Name, Columns, Params>,
  sample: TestSample<SchemaInput<Columns>>,
  ...[options]: OptionsArgument<TestOptions<Name, SchemaInput<Params>>>
): Promise<ScoredSample> {
  const [scored] = await scoreOnce(reward as Reward, [sample], options);
  return scored as ScoredSample;
}

/** As {@link scoreSample}, of the completions of one prompt, which rewards that compare see together. */
export async function scoreGroup<Name extends string, Columns extends ObjectSchema, Params extends ObjectSchema>(
  reward: Reward<Name, Columns, Params>,
  samples: readonly TestSample<SchemaInput<Columns>>[],
  ...[options]: OptionsArgument<TestOptions<Name, SchemaInput<Params>>>
): Promise<readonly ScoredSample[]> {
  return scoreOnce(reward as Reward, samples, options);
}

type AnySamples = readonly (Omit<FixtureSample, "columns"> & { readonly columns?: object })[];

async function scoreOnce(
  reward: Reward,
  samples: AnySamples,
  options: (ScoringOptions & { readonly params?: object }) | undefined,
): Promise<readonly ScoredSample[]> {
  const scorer = openTestScorer(reward, options?.params ?? {}, options);
  try {
    return await scorer.score([samples as readonly FixtureSample[]]);
  } finally {
    await scorer.dispose();
  }
}

/** A reward made ready under some params; scores as often as is wanted. */
export interface TestScorer {
  /** Runs the reward's `setup`, and starts its worker where it has one. Scoring does so otherwise. */
  setup(): Promise<void>;
  /** Groups of samples in one batch, and the results of all in their order. Rejects with the first failure. */
  score(groups: readonly (readonly FixtureSample[])[], signal?: AbortSignal): Promise<readonly ScoredSample[]>;
  dispose(): Promise<void>;
}

/** Where a worker can import the reward, and the milliseconds that a call may take there. */
export interface Isolation {
  readonly source: NonNullable<RunOptions["source"]>;
  readonly timeout: number;
}

/**
 * @param isolation to run the reward in a worker that is killed when its time is up
 * @throws PavlovError for params that do not fit.
 */
export function openTestScorer(
  reward: Reward,
  params: object,
  options: ScoringOptions = {},
  isolation?: Isolation,
): TestScorer {
  const { name } = reward;
  const policy = isolation ? { ...isolation, isolate: true, concurrency: 1 } : {};
  const use = resolvePart(name, { reward, options: { params, ...policy } }, false);
  const { combine: _combine, ...plain } = reward as Partial<Composite> & Reward;
  // One part under the reward's own name, which may hold a hyphen: no expression has to name it.
  const composite: Composite = { ...plain, parts: { [name]: use }, total: (scores) => scores[name] ?? null };
  const { seed, log, fetch } = options;
  const scorer: Scorer = createScorer(composite, {
    onError: "fail",
    env: environmentOf(reward, options),
    ...(seed !== undefined && { seed }),
    ...(log && { log: (_: string, message: string) => log(message) }),
    ...(fetch && { fetch: typeof fetch === "function" ? fetch : fetch.fetch }),
  });
  return {
    setup: () => scorer.setup(),
    async score(groups, signal) {
      const samples = groups.flatMap((group, index) => group.map((sample) => toScorerSample(sample, String(index))));
      const stopping = [options.signal, signal].filter((each) => each !== undefined);
      const scoring = stopping.length === 0 ? {} : { signal: AbortSignal.any(stopping) };
      const { scores, reasons, metrics, usage } = await scorer.score(samples, scoring).catch((thrown: unknown) => {
        throw withUnrecorded(thrown, fetch);
      });
      return samples.map(({ completion }, index): ScoredSample => {
        const [reason, measured, used] = [reasons[index]?.[0], metrics[index]?.[0], usage?.[index]?.[0]];
        return {
          score: scores[index]?.[0] ?? null,
          ...(reason !== undefined && { reason }),
          ...(measured && { metrics: measured }),
          ...(used && { usage: used }),
          completion,
          reward: name,
        };
      });
    },
    dispose: () => scorer.dispose(),
  };
}

/** A reward may say of a request that could not be answered only that it failed. */
function withUnrecorded(thrown: unknown, fetch: ScoringOptions["fetch"]): unknown {
  if (typeof fetch !== "object") return thrown;
  const message = errorMessage(thrown);
  const [missing] = fetch.unrecorded;
  if (missing === undefined || message.includes(missing)) return thrown;
  return new PavlovError(`${message.replace(/\.?$/, ".")} ${missing}`, { cause: thrown });
}

function toScorerSample({ columns = {}, ...read }: FixtureSample, groupId: string): ScorerSample {
  return { ...read, row: columns, groupId };
}

/** True for what {@link scoreSample} gives. */
export function isScoredSample(value: unknown): value is ScoredSample {
  if (typeof value !== "object" || value === null) return false;
  const { score, completion, reward } = value as Partial<ScoredSample>;
  return (score === null || typeof score === "number") && typeof completion === "string" && typeof reward === "string";
}
