/**
 * Keeps what a reward gave, and gives it again where nothing that it came from has changed: the reward, its params, the
 * columns as they were cut for it, what it reads, and the completion; of a group all of them. The seed is no part of it.
 */
import { createHash } from "node:crypto";
import { errorMessage } from "../../error.js";
import type { CallSample } from "../invoke.js";
import { createLimiter } from "../limiter.js";
import { checkResults, type Outcome } from "../outcome.js";
import type { PlannedReward } from "../plan.js";
import { canonicalText } from "./canonical-text.js";
import { openResultFiles } from "./result-files.js";
import { rewardIdentity } from "./reward-identity.js";

export interface ResultCacheOptions {
  readonly folder: string;
  /** Told once where nothing can be kept. */
  readonly log: (message: string) => void;
}

/**
 * Outcomes of samples, kept ones where there are any and those of `score` for the others. Samples whose results are
 * equal by all that they come from are scored once, also where the first is still being scored; where that fails, each
 * is scored by itself. Failures are never kept. Rejects only as `score` does.
 */
export type ResultCache = (samples: readonly CallSample[], score: Score) => Promise<readonly Outcome[]>;

/** Scores samples, in one call for a group or a batch. One outcome for each, in their order. */
type Score = (samples: readonly CallSample[]) => Promise<readonly Outcome[]>;

/** Files read or written at once. */
const FILES_AT_ONCE = 32;

/** Counted up when keys or files come to mean something else. */
const FORMAT = 1;

/** What is kept under one key: the result of a sample, or the results of a group. */
interface Unit {
  readonly samples: readonly CallSample[];
  readonly key: string | undefined;
}

type Results = readonly Outcome[] | undefined;

export function createResultCache(planned: PlannedReward, { folder, log }: ResultCacheOptions): ResultCache {
  const { bound, use } = planned;
  const { reward, label, params, range } = bound;
  const files = openResultFiles(folder);
  const limit = createLimiter(FILES_AT_ONCE);
  const inFlight = new Map<string, Promise<Results>>();
  const warned = new Set<string>();
  const warn = (message: string) => {
    if (!warned.has(message)) log(message);
    warned.add(message);
  };

  let prefix: Promise<string | undefined> | undefined;
  const prepare = async (): Promise<string | undefined> => {
    const identity = await rewardIdentity(use);
    if (identity === undefined) {
      warn("results are not kept: the reward is not imported by reference and names no version");
      return undefined;
    }
    const text = canonicalText([FORMAT, identity, reward.scope, params]);
    if (text === undefined) warn("results are not kept: its params hold something that has no text");
    return text;
  };

  const keyOf = async (samples: readonly CallSample[]): Promise<string | undefined> => {
    const start = await (prefix ??= prepare());
    const text = canonicalText(samples.map(({ completion, columns, inputs }) => [completion, columns, inputs]));
    if (start === undefined || text === undefined) return undefined;
    return createHash("sha256").update(start).update(text).digest("hex");
  };

  const find = (unit: Unit): Promise<Results> =>
    limit(async () => {
      if (unit.key === undefined) return undefined;
      const kept = await files.read(unit.key);
      return whenAllFine(checkResults(label, "scoreGroup", kept, range, unit.samples));
    });

  const keep = async ({ key }: Unit, outcomes: readonly Outcome[]): Promise<void> => {
    const results = outcomes.flatMap((outcome) => {
      if (!outcome.ok) return [];
      const { score, reason, metrics } = outcome;
      return [{ score, ...(reason !== undefined && { reason }), ...(metrics && { metrics }) }];
    });
    if (key === undefined || results.length < outcomes.length) return;
    await limit(() => files.write(key, results)).catch((thrown: unknown) =>
      warn(`results cannot be kept in ${folder}: ${errorMessage(thrown)}`),
    );
  };

  /** One call for all of them. */
  const call = async (units: readonly Unit[], score: Score): Promise<readonly (readonly Outcome[])[]> => {
    if (units.length === 0) return [];
    const outcomes = await score(units.flatMap((unit) => unit.samples));
    let end = 0;
    return units.map((unit) => outcomes.slice(end, (end += unit.samples.length)));
  };

  return async (samples, score) => {
    const lists = reward.scope === "group" ? [samples] : samples.map((sample) => [sample]);
    const units = await Promise.all(lists.map(async (own): Promise<Unit> => ({ samples: own, key: await keyOf(own) })));
    const results = new Map<Unit, readonly Outcome[]>();
    for (const [position, kept] of (await Promise.all(units.map(find))).entries()) {
      if (kept) results.set(units[position] as Unit, kept.map(asCached));
    }

    // Nothing is awaited until it is known of every key who scores it.
    const claimed = new Set<string>();
    const claims = (key: string) => !inFlight.has(key) && !claimed.has(key) && claimed.add(key).has(key);
    const [leading, following] = partition(
      units.filter((unit) => !results.has(unit)),
      ({ key }) => key === undefined || claims(key),
    );
    const calling = call(leading, score);
    for (const [position, { key }] of leading.entries()) {
      if (key === undefined) continue;
      const shared = calling.then((called) => whenAllFine(called[position]));
      // Who leads is told of what went wrong; who follows then scores alone.
      inFlight.set(
        key,
        shared.catch(() => undefined),
      );
    }
    const waited = following.map(({ key }) => inFlight.get(key as string));
    const finish = async (own: readonly Unit[], called: readonly (readonly Outcome[])[]): Promise<void> => {
      for (const [position, unit] of own.entries()) results.set(unit, called[position] ?? []);
      await Promise.all(own.map((unit) => keep(unit, results.get(unit) ?? [])));
    };
    try {
      await finish(leading, await calling);
    } finally {
      for (const { key } of leading) if (key !== undefined) inFlight.delete(key);
    }

    for (const [position, unit] of following.entries()) {
      const shared = await waited[position];
      if (shared) results.set(unit, shared.map(asCached));
    }
    const alone = following.filter((unit) => !results.has(unit));
    await finish(alone, await call(alone, score));
    return units.flatMap((unit) => results.get(unit) ?? []);
  };
}

function whenAllFine(outcomes: readonly Outcome[] | undefined): Results {
  return outcomes?.every(({ ok }) => ok) ? outcomes : undefined;
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  const [passing, others]: [T[], T[]] = [[], []];
  for (const item of items) (test(item) ? passing : others).push(item);
  return [passing, others];
}

/** The same result without what computing it used up. */
function asCached(outcome: Outcome): Outcome {
  if (!outcome.ok) return outcome;
  const { usage: _, ...rest } = outcome;
  return { ...rest, cached: true };
}
