/** Scores samples with one planned reward: cuts them down, limits how many calls run at once, tries again. */
import { setTimeout as delay } from "node:timers/promises";
import { createSampleCutter, type IndexedSample } from "./cut-sample.js";
import { createLimiter } from "./limiter.js";
import { failure, type Outcome } from "./outcome.js";
import type { PlannedReward } from "./plan.js";
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

/**
 * @param redact takes secrets out of messages and reasons
 * @param seed the run's
 */
export function createRewardTask(
  planned: PlannedReward,
  runner: Runner,
  redact: (text: string) => string,
  seed: number,
): RewardTask {
  const limit = createLimiter(planned.use.concurrency ?? DEFAULT_CONCURRENCY);
  const retries = planned.use.retries ?? 0;
  const cut = createSampleCutter(planned);
  const keepCauses = planned.bound.reward.env.length === 0;

  return (samples, { step, signal }) =>
    limit(async () => {
      signal.throwIfAborted();
      const cuts = samples.map((entry) => cut(entry, step));
      const callable = cuts.flatMap((entry) => (entry.ok ? [entry.sample] : []));
      const [first] = callable;
      let outcomes: readonly Outcome[] = [];
      for (let attempt = 0; first !== undefined && attempt <= retries; attempt++) {
        if (attempt > 0) await delay(retryDelay(attempt), undefined, { signal });
        outcomes = await runner.run(callable, { seed: sampleSeed(seed, step, first.index), signal });
        if (outcomes.every(({ ok }) => ok)) break;
      }
      const results = outcomes.values();
      return cuts.map((entry) => {
        const outcome = entry.ok ? results.next().value : entry.outcome;
        return clean(outcome ?? failure(`Reward "${planned.bound.label}" gave no result.`), redact, keepCauses);
      });
    });
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
