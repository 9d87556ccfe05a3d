/**
 * Scores a composite that is called as a plain reward: nested by hand, or in a unit test. Calls run in this thread;
 * `isolate` needs a scorer, which runs the parts itself.
 */
import { PavlovError } from "../error.js";
import type { ReadKey, Reward, RewardContext, Sample, Score, ScoreResult, SetupContext } from "../reward.js";
import { projectRow } from "../scorer/columns.js";
import { createColumnValidator, invokeReward, type BoundReward, type CallSample } from "../scorer/invoke.js";
import { createLimiter } from "../scorer/limiter.js";
import type { Outcome } from "../scorer/outcome.js";
import { withTimeLimit } from "../scorer/time-limit.js";
import type { RewardUse } from "../scorer/types.js";
import { columnsGiven } from "../schema/json-schema.js";

type Parts = Readonly<Record<string, RewardUse>>;
type AnySample = Sample<object, ReadKey>;
type Total = (scores: Readonly<Record<string, Score>>) => Score;
type PartContext = Omit<SetupContext<object>, "params">;

interface ReadyPart {
  readonly name: string;
  readonly use: RewardUse;
  readonly state: unknown;
  run(samples: readonly AnySample[], context: RewardContext<object, unknown>): Promise<readonly Outcome[]>;
}

/** What a composite's `setup` makes and its calls are given as `context.state`. */
export class ReadyParts {
  constructor(readonly parts: readonly ReadyPart[]) {}
}

/** Runs every part's `setup`. Where one fails, those that are ready are disposed of. */
export async function setupParts(parts: Parts, context: PartContext): Promise<ReadyParts> {
  const entries = Object.entries(parts);
  const settled = await Promise.allSettled(entries.map(([name, use]) => setupPart(name, use, context)));
  const ready = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failed = settled.find((result) => result.status === "rejected");
  if (failed !== undefined) {
    await disposeParts(new ReadyParts(ready));
    throw failed.reason;
  }
  return new ReadyParts(ready);
}

/** Runs every part's `dispose`, and throws the first error only after all have run. */
export async function disposeParts({ parts }: ReadyParts): Promise<void> {
  const settled = await Promise.allSettled(parts.map(async ({ use, state }) => use.reward.dispose?.(state)));
  const failed = settled.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

/**
 * One result for each sample: the total, with the parts' scores as metrics and their reasons in one line.
 *
 * @throws PavlovError for the first part that failed and has no score to stand in: an error is never a total.
 */
export async function scoreParts(
  samples: readonly AnySample[],
  context: RewardContext<object, unknown>,
  total: Total,
): Promise<readonly ScoreResult[]> {
  const { state } = context;
  if (!(state instanceof ReadyParts)) {
    throw new PavlovError("A composite must be set up before it scores: give its setup's result as context.state.");
  }
  const results = await Promise.all(
    state.parts.map(async (part) => ({ part, outcomes: await part.run(samples, context) })),
  );
  return samples.map((_, position) => {
    const scores: Record<string, Score> = {};
    const reasons: string[] = [];
    const metrics: Record<string, number> = {};
    const usage: Record<string, number> = {};
    for (const { part, outcomes } of results) {
      const outcome = outcomes[position];
      if (!outcome?.ok) {
        throw new PavlovError(outcome?.message ?? `Reward "${part.name}" gave no result.`, { cause: outcome?.cause });
      }
      scores[part.name] = outcome.score;
      if (outcome.score !== null) metrics[part.name] = outcome.score;
      if (outcome.reason !== undefined) reasons.push(`${part.name}: ${outcome.reason}`);
      for (const [metric, value] of Object.entries(outcome.metrics ?? {})) metrics[`${part.name}/${metric}`] = value;
      for (const [used, value] of Object.entries(outcome.usage ?? {})) usage[`${part.name}/${used}`] = value;
    }
    const reason = reasons.length > 0 && { reason: reasons.join("; ") };
    return { score: total(scores), metrics, ...(Object.keys(usage).length > 0 && { usage }), ...reason };
  });
}

async function setupPart(name: string, use: RewardUse, context: PartContext): Promise<ReadyPart> {
  const { reward, params } = use;
  const own = <C extends { readonly env: SetupContext<object>["env"]; log(message: string): void }>(outer: C) => ({
    ...outer,
    params,
    env: Object.fromEntries(
      [...reward.env, ...reward.envIfPresent].flatMap((key) =>
        outer.env[key] === undefined ? [] : [[key, outer.env[key]]],
      ),
    ),
    log: (message: string) => outer.log(`${name}: ${message}`),
  });
  const state = await reward.setup?.(own(context));
  const limit = createLimiter(use.concurrency ?? Infinity);
  const bound: BoundReward = { reward, label: name, params, range: reward.range(params), columns: use.columns };
  const validator = createColumnValidator(bound);
  const declared = columnsGiven(reward.columns, use.columns);

  const attempt = async (call: readonly CallSample[], outer: RewardContext<object, unknown>): Promise<Outcome[]> => {
    const message = (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown));
    try {
      return await withTimeLimit(outer.signal, use.timeout, (signal) =>
        invokeReward(bound, validator, call, { ...own(outer), state, signal }),
      );
    } catch (thrown) {
      outer.signal.throwIfAborted();
      return call.map(() => ({ ok: false, message: `Reward "${name}" ${message(thrown)}.`, cause: thrown }));
    }
  };

  return {
    name,
    use,
    state,
    async run(samples, outer) {
      const calls = splitCalls(
        reward,
        samples.map((sample) =>
          toCallSample(sample, reward, projectRow(sample.columns as object as Row, declared, use.columns)),
        ),
      );
      const outcomes = await Promise.all(
        calls.map((call) =>
          limit(async () => {
            let result = await attempt(call, outer);
            for (let retry = 0; retry < (use.retries ?? 0) && result.some(({ ok }) => !ok); retry++) {
              result = await attempt(call, outer);
            }
            return result;
          }),
        ),
      );
      const byIndex = new Map(
        calls.flatMap((call, c) => call.map(({ index }, s) => [index, outcomes[c]?.[s]] as const)),
      );
      return samples.map(({ index }) => standIn(byIndex.get(index), use, name));
    },
  };
}

type Row = Readonly<Record<string, unknown>>;

function standIn(outcome: Outcome | undefined, use: RewardUse, name: string): Outcome {
  const known = outcome ?? { ok: false, message: `Reward "${name}" gave no result.` };
  if (known.ok || typeof use.onError !== "object") return known;
  return { ok: true, score: use.onError.score, reason: known.message };
}

/** One call for each sample, each group, or everything, as the reward's scope says. */
function splitCalls(reward: Reward, samples: readonly CallSample[]): readonly (readonly CallSample[])[] {
  if (reward.scope === "sample") return samples.map((sample) => [sample]);
  if (reward.scope === "batch") return [samples];
  const groups = new Map<string, CallSample[]>();
  for (const sample of samples) {
    const group = groups.get(sample.groupId);
    if (group) group.push(sample);
    else groups.set(sample.groupId, [sample]);
  }
  return [...groups.values()];
}

function toCallSample(sample: AnySample, reward: Reward, columns: Row): CallSample {
  const { index, groupId, completion } = sample;
  const present = reward.readsIfPresent.filter((key) => sample[key] !== undefined);
  const inputs = Object.fromEntries([...reward.reads, ...present].map((key) => [key, sample[key]]));
  return { index, groupId, completion, columns, inputs };
}
