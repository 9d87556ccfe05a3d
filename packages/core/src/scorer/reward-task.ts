/** Scores samples with one planned reward: cuts them down, limits how many calls run at once, tries again. */
import { setTimeout as delay } from "node:timers/promises";
import type { ResultCache } from "./cache/result-cache.js";
import { createSampleCutter, type Cut, type IndexedSample } from "./cut-sample.js";
import { createLimiter, type Limiter } from "./limiter.js";
import type { CallSample } from "./invoke.js";
import { failure, type Outcome } from "./outcome.js";
import type { PlannedReward } from "./plan.js";
import { readsSecrets } from "./redact.js";
import type { QuickRunner, Runner } from "./runner.js";
import { sampleSeed } from "./seed.js";

/**
 * Calls of one reward at the same time where its use does not say: what mostly waits gets through a usual batch at once.
 * What takes a processor or a service has a limit of its own, such as threads, processes and `requestsAtOnce`.
 */
const DEFAULT_CONCURRENCY = 64;

export interface TaskCall {
  readonly step: number;
  /** Aborted when the session stops. */
  readonly signal: AbortSignal;
}

/** Takes the outcome of a sample as soon as it is there. What it throws ends the task. */
export type Tell = (entry: IndexedSample, outcome: Outcome) => void;

/**
 * Scores the samples of a group or batch: each by itself, or all in one call, as the reward's scope says. Resolves when
 * the outcomes of all are told. Rejects only when the session stops, or with what `tell` threw.
 */
export type RewardTask = (samples: readonly IndexedSample[], call: TaskCall, tell: Tell) => Promise<void>;

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
  const outcomesOf = async (samples: readonly IndexedSample[], of: TaskCall): Promise<readonly Outcome[]> => {
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
  const together: RewardTask = async (samples, of, tell) => {
    const outcomes = await (cache ? outcomesOf(samples, of) : limit(() => outcomesOf(samples, of)));
    for (const [order, entry] of samples.entries()) tell(entry, outcomes[order] as Outcome);
  };
  if (planned.bound.reward.scope !== "sample") return together;
  if (runner.quick && !cache && retries === 0) {
    const cleaned = (outcome: Outcome) => clean(outcome, redact, keepCauses);
    return quickTask({ cut, quick: runner.quick, limit, seed, cleaned });
  }
  return async (samples, of, tell) => {
    await Promise.all(samples.map((entry) => together([entry], of, tell)));
  };
}

interface QuickTaskParts {
  readonly cut: (entry: IndexedSample, step: number) => Cut;
  readonly quick: QuickRunner;
  readonly limit: Limiter;
  readonly seed: number;
  readonly cleaned: (outcome: Outcome) => Outcome;
}

/**
 * Scores samples one by one in this turn of the event loop, as long as there is room and the reward answers at once:
 * a promise for each sample would cost many times what a short reward does.
 */
function quickTask({ cut, quick, limit, seed, cleaned }: QuickTaskParts): RewardTask {
  return async (samples, { step, signal }, tell) => {
    const pending: Promise<void>[] = [];
    const later = (work: Promise<void>) => {
      // Where the loop below ends early, nobody waits for these any more.
      work.catch(() => {});
      pending.push(work);
    };
    const scoreNow = (sample: CallSample) =>
      quick.score(sample, { seed: sampleSeed(seed, step, sample.index), signal });
    for (const entry of samples) {
      for (let turn = quick.turn(); turn; turn = quick.turn()) await turn;
      signal.throwIfAborted();
      const cutting = cut(entry, step);
      if (!cutting.ok) {
        tell(entry, cleaned(cutting.outcome));
      } else if (limit.hasRoom()) {
        const outcome = scoreNow(cutting.sample);
        // A task that there is room for begins at once, so that the place is taken before the next sample's turn.
        if (outcome instanceof Promise) later(limit(() => outcome).then((late) => tell(entry, cleaned(late))));
        else tell(entry, cleaned(outcome));
      } else {
        const queued = limit(async () => {
          for (let turn = quick.turn(); turn; turn = quick.turn()) await turn;
          signal.throwIfAborted();
          return scoreNow(cutting.sample);
        });
        later(queued.then((late) => tell(entry, cleaned(late))));
      }
    }
    await Promise.all(pending);
  };
}

/** Milliseconds before another try: 50, 100, 200, ... at most 5,000. */
function retryDelay(attempt: number): number {
  return Math.min(5_000, 25 * 2 ** attempt);
}

/** A thrown error's own text and properties may hold a secret, so it is kept only where the reward has none. */
function clean(outcome: Outcome, redact: (text: string) => string, keepCauses: boolean): Outcome {
  if (outcome.ok) {
    const reason = outcome.reason === undefined ? undefined : redact(outcome.reason);
    return reason === outcome.reason || reason === undefined ? outcome : { ...outcome, reason };
  }
  return failure(redact(outcome.message), keepCauses ? outcome.cause : undefined);
}
