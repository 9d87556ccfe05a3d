/** Scores samples with one planned reward: cuts them down, limits how many calls run at once, tries again. */
import { setTimeout as delay } from "node:timers/promises";
import type { ResultCache } from "./cache/result-cache.js";
import { createSampleCutter, type IndexedSample } from "./cut-sample.js";
import { createLimiter } from "./limiter.js";
import type { CallSample } from "./invoke.js";
import { failure, type Outcome } from "./outcome.js";
import type { PlannedReward } from "./plan.js";
import { readsSecrets } from "./redact.js";
import type { Runner } from "./runner.js";
import { sampleSeed } from "./seed.js";

/** Calls of one reward at the same time where its use does not say. */
const DEFAULT_CONCURRENCY = 16;

export interface TaskCall {
  readonly step: number;
  /** Aborted when the session stops. */
  readonly signal: AbortSignal;
}

/**
 * Scores one sample, group or batch, as the reward's scope says. One outcome for each sample, in their order. Rejects
 * only when the session stops.
 */
export type RewardTask = (samples: readonly IndexedSample[], call: TaskCall) => Promise<readonly Outcome[]>;

export interface RewardTaskOptions {
  /** Takes secrets out of messages and reasons. */
  readonly redact: (text: string) => string;
  /** The run's. */
  readonly seed: number;
  /** Where results of the reward are kept. */
  readonly cache?: ResultCache;
}

export function createRewardTask(
  planned: PlannedReward,
  runner: Runner,
  { redact, seed, cache }: RewardTaskOptions,
): RewardTask {
  const limit = createLimiter(planned.use.concurrency ?? DEFAULT_CONCURRENCY);
  const retries = planned.use.retries ?? 0;
  const cut = createSampleCutter(planned);
  const keepCauses = !readsSecrets(planned.bound.reward);

  const call =
    ({ step, signal }: TaskCall) =>
    async (samples: readonly CallSample[]): Promise<readonly Outcome[]> => {
      const [first] = samples;
      let outcomes: readonly Outcome[] = [];
      for (let attempt = 0; first !== undefined && attempt <= retries; attempt++) {
        if (attempt > 0) await delay(retryDelay(attempt), undefined, { signal });
        outcomes = await runner.run(samples, { seed: sampleSeed(seed, step, first.index), signal });
        if (outcomes.every(({ ok }) => ok)) break;
      }
      return outcomes.map((outcome) => clean(outcome, redact, keepCauses));
    };
  // A kept result takes no place among the calls: that may be few and slow.
  const score = (samples: readonly CallSample[], of: TaskCall) => {
    const scoring = call(of);
    return cache
      ? cache(samples, (missing) =>
          limit(async () => {
            of.signal.throwIfAborted();
            return scoring(missing);
          }),
        )
      : scoring(samples);
  };
  const task: RewardTask = async (samples, of) => {
    of.signal.throwIfAborted();
    const cuts = samples.map((entry) => cut(entry, of.step));
    const outcomes = await score(
      cuts.flatMap((entry) => (entry.ok ? [entry.sample] : [])),
      of,
    );
    const results = outcomes.values();
    return cuts.map((entry) => {
      const outcome = entry.ok ? results.next().value : clean(entry.outcome, redact, keepCauses);
      return outcome ?? failure(`Reward "${planned.bound.label}" gave no result.`);
    });
  };
  return cache ? task : (samples, of) => limit(() => task(samples, of));
}

/** Milliseconds before another try: 50, 100, 200, ... at most 5,000. */
function retryDelay(attempt: number): number {
  return Math.min(5_000, 25 * 2 ** attempt);
}

/** A thrown error's own text and properties may hold a secret, so it is kept only where the reward has none. */
function clean(outcome: Outcome, redact: (text: string) => string, keepCauses: boolean): Outcome {
  if (outcome.ok) return outcome.reason === undefined ? outcome : { ...outcome, reason: redact(outcome.reason) };
  return failure(redact(outcome.message), keepCauses ? outcome.cause : undefined);
}
