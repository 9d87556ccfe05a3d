/** One call of a reward: validates the samples' columns, calls the scoring method and checks what it returned. */
import type { MaybePromise, Range, ReadKey, Reward, RewardContext, Sample, SampleInputs } from "../reward.js";
import { type ColumnMapping, type ColumnsResult, copyColumns, validateColumns } from "./columns.js";
import { checkResult, checkResults, describeThrown, failure, nameSample, type Outcome } from "./outcome.js";

/** A sample cut down to what one reward may see. Plain data: it crosses to worker threads. */
export interface CallSample {
  readonly index: number;
  readonly groupId: string;
  readonly completion: string;
  /** The declared columns under the reward's names, not yet validated. Samples of one row share the object. */
  readonly columns: Readonly<Record<string, unknown>>;
  /** What the reward's `reads` names, and what the sample has of its `readsIfPresent`. */
  readonly inputs: Partial<SampleInputs>;
}

/** A reward with everything that stays the same from call to call. */
export interface BoundReward {
  readonly reward: Reward;
  /** The name in messages: of a nested part `outer/inner`. */
  readonly label: string;
  readonly params: object;
  readonly range: Range;
  readonly columns: ColumnMapping;
}

export type CallContext = RewardContext<object, unknown>;
type AnySample = Sample<object, ReadKey>;

/** Validates a sample's columns, once for all samples that share the projected row. */
export function createColumnValidator(bound: BoundReward): (sample: CallSample) => MaybePromise<ColumnsResult> {
  const known = new WeakMap<object, MaybePromise<ColumnsResult>>();
  return ({ columns }) => {
    let result = known.get(columns);
    if (result === undefined) {
      result = validateColumns(bound.reward.columns, columns, bound.columns);
      known.set(columns, result);
      // Once it is known, later samples of the row go on without a turn of the microtask queue.
      if (result instanceof Promise) void result.then((settled) => known.set(columns, settled));
    }
    return result;
  };
}

/**
 * Scores samples (one, a group or a batch, as the reward's scope says) and gives one outcome for each, in their order.
 * Samples with invalid columns fail and are left out of the call. Never rejects. The scoring method is called before
 * this returns where the columns' validation is synchronous or already done.
 */
export async function invokeReward(
  bound: BoundReward,
  validateSample: (sample: CallSample) => MaybePromise<ColumnsResult>,
  samples: readonly CallSample[],
  context: CallContext,
): Promise<Outcome[]> {
  const outcomes: (Outcome | undefined)[] = samples.map(() => undefined);
  const called: { readonly position: number; readonly sample: AnySample }[] = [];
  for (const [position, sample] of samples.entries()) {
    const result = validateSample(sample);
    const validated = result instanceof Promise ? await result : result;
    if (validated.ok) {
      const { index, groupId, completion, inputs } = sample;
      const columns = copyColumns(validated.columns);
      // Only what the reward names is among the inputs.
      called.push({ position, sample: { ...inputs, completion, columns, index, groupId } as AnySample });
    } else {
      outcomes[position] = failure(`Reward "${bound.label}" cannot score ${nameSample(sample)}: ${validated.message}.`);
    }
  }
  if (called.length > 0) {
    const results = await callMethod(
      bound,
      called.map(({ sample }) => sample),
      context,
    );
    for (const [order, { position }] of called.entries()) outcomes[position] = results[order];
  }
  return outcomes.map((outcome) => outcome ?? failure(`Reward "${bound.label}" gave no result.`));
}

/** One call of a reward that scores sample by sample. The outcome is there at once where the reward answers at once. */
export function invokeOnce(
  bound: BoundReward,
  { index, groupId, completion, inputs }: CallSample,
  validated: ColumnsResult,
  context: CallContext,
): MaybePromise<Outcome> {
  const { reward, label, range } = bound;
  const identity = { index, groupId };
  if (!validated.ok) return failure(`Reward "${label}" cannot score ${nameSample(identity)}: ${validated.message}.`);
  const fail = (thrown: unknown): Outcome =>
    failure(`Reward "${label}" failed on ${nameSample(identity)}: ${describeThrown(thrown)}`, thrown);
  const columns = copyColumns(validated.columns);
  try {
    // Only what the reward names is among the inputs.
    const returned = reward.score?.({ ...inputs, completion, columns, index, groupId } as AnySample, context);
    if (!isThenable(returned)) return checkResult(label, returned, range, identity);
    return Promise.resolve(returned).then((result) => checkResult(label, result, range, identity), fail);
  } catch (thrown) {
    return fail(thrown);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

async function callMethod(bound: BoundReward, samples: readonly AnySample[], context: CallContext): Promise<Outcome[]> {
  const { reward, label, range } = bound;
  try {
    if (reward.scope === "sample") {
      const [sample] = samples;
      if (sample === undefined || !reward.score) return [];
      return [checkResult(label, await reward.score(sample, context), range, sample)];
    }
    if (reward.scope === "group") {
      return checkResults(label, "scoreGroup", await reward.scoreGroup?.(samples, context), range, samples);
    }
    return checkResults(label, "scoreBatch", await reward.scoreBatch?.(samples, context), range, samples);
  } catch (thrown) {
    const message = describeThrown(thrown);
    return samples.map((sample) => failure(`Reward "${label}" failed on ${nameSample(sample)}: ${message}`, thrown));
  }
}
