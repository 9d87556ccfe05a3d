/** One batch on its way: groups arrive, rewards run at once, failures follow their policies, results come at the end. */
import { setMaxListeners } from "node:events";
import { PavlovError } from "../error.js";
import { combineSample } from "./combine-sample.js";
import type { IndexedSample } from "./cut-sample.js";
import type { Outcome } from "./outcome.js";
import type { Plan, PlannedReward } from "./plan.js";
import type { RewardTask } from "./reward-task.js";
import type { ScoredBatch, ScoreOptions, ScorerSample, ScoringSession } from "./types.js";

export interface SessionOptions extends ScoreOptions {
  readonly plan: Plan;
  /** One for each reward of the plan, once they are ready. */
  tasks(): Promise<readonly RewardTask[]>;
  /** The composite's name. */
  readonly name: string;
  /** Aborted when the scorer is disposed of. */
  readonly closing: AbortSignal;
}

export interface IndexedSession extends ScoringSession {
  /** As `add`, where the samples' places in the batch are known. */
  addAt(group: readonly IndexedSample[]): void;
}

/** Starts a session. Nothing rejects before `finish` is called. */
export function createSession(options: SessionOptions): IndexedSession {
  const { plan, name, step = 0 } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  // Every running call listens.
  setMaxListeners(0, signal);
  const sources = [options.closing, ...(options.signal ? [options.signal] : [])];
  const follow = sources.map((source) => ({ source, stop: () => stopping.abort(source.reason) }));
  for (const { source, stop } of follow) {
    if (source.aborted) stop();
    else source.addEventListener("abort", stop, { once: true });
  }
  const stopped = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  stopped.catch(() => {});

  const samples: ScorerSample[] = [];
  /** By reward, then by sample. */
  const outcomes: (Outcome | undefined)[][] = plan.rewards.map(() => []);
  const running: Promise<void>[] = [];
  let finished: Promise<ScoredBatch> | undefined;

  const run = async (planned: PlannedReward, entries: readonly IndexedSample[]) => {
    try {
      const tasks = await options.tasks();
      signal.throwIfAborted();
      const column = outcomes[planned.position] ?? [];
      await tasks[planned.position]?.(entries, { step, signal }, ({ index }, outcome) => {
        column[index] = outcome;
        if (!outcome.ok && planned.failsFast) throw new PavlovError(outcome.message, { cause: outcome.cause });
      });
    } catch (thrown) {
      // The first reason stands: what else ends now, ends because of it.
      stopping.abort(thrown);
    }
  };

  const addAt = (group: readonly IndexedSample[]) => {
    if (finished) throw new PavlovError("A group was added to a scoring session that is already finished.");
    for (const { index, sample } of group) {
      if (samples[index]) throw new PavlovError(`Sample ${index} was added to a scoring session twice.`);
      samples[index] = sample;
    }
    for (const planned of plan.rewards) {
      if (planned.bound.reward.scope !== "batch" && group.length > 0) running.push(run(planned, group));
    }
  };

  const unfollow = () => {
    for (const { source, stop } of follow) source.removeEventListener("abort", stop);
  };

  const finish = async (): Promise<ScoredBatch> => {
    try {
      refuseGaps(samples);
      const batch = samples.map((sample, index) => ({ index, sample }));
      for (const planned of plan.rewards) {
        if (planned.bound.reward.scope === "batch" && batch.length > 0) running.push(run(planned, batch));
      }
      await Promise.race([Promise.all(running), stopped]);
      signal.throwIfAborted();
      for (const planned of plan.rewards) refuseTotalFailure(planned, outcomes[planned.position] ?? []);
      return collect(plan, samples, outcomes, name);
    } finally {
      unfollow();
    }
  };

  return {
    signal,
    add: (group, firstIndex = samples.length) =>
      addAt(group.map((sample, position) => ({ index: firstIndex + position, sample }))),
    addAt,
    abort: (reason) => {
      stopping.abort(reason);
      unfollow();
    },
    finish: () => (finished ??= finish()),
  };
}

/** A batch with a place left empty has no score there. */
function refuseGaps(samples: readonly (ScorerSample | undefined)[]): void {
  const gap = samples.findIndex((sample) => sample === undefined);
  if (gap >= 0) throw new PavlovError(`Sample ${gap} was never added to the scoring session, and later ones were.`);
}

/** A reward that fails everywhere is broken, whatever its policy says. */
function refuseTotalFailure(planned: PlannedReward, outcomes: readonly (Outcome | undefined)[]): void {
  const [first] = outcomes;
  if (first === undefined || first.ok || outcomes.some((outcome) => outcome?.ok)) return;
  const samples = outcomes.length === 1 ? "the only sample" : `all ${outcomes.length} samples`;
  const message = `Reward "${planned.bound.label}" failed on ${samples} of the batch. The first error: ${first.message}`;
  throw new PavlovError(message, { cause: first.cause });
}

function collect(
  plan: Plan,
  samples: readonly ScorerSample[],
  outcomes: readonly (readonly (Outcome | undefined)[])[],
  name: string,
): ScoredBatch {
  const results = samples.map(({ groupId }, index) => {
    const own = outcomes.map((column): Outcome => column[index] ?? { ok: false, message: "it was not scored" });
    return combineSample(plan, own, name, { index, groupId });
  });
  const [first] = results;
  if (first?.totalFailure && results.every(({ totalFailure }) => totalFailure)) {
    throw new PavlovError(`No sample of the batch has a total. The first error: ${first.totalFailure.message}.`);
  }
  return {
    names: plan.parts.map((part) => part.name),
    scores: results.map(({ parts }) => parts.map(({ score }) => score)),
    total: results.map(({ total }) => total),
    reasons: results.map(({ parts }) => parts.map(({ reason }) => reason)),
    metrics: results.map(({ parts }) => parts.map(({ metrics }) => metrics)),
    usage: results.map(({ parts }) => parts.map(({ usage }) => usage)),
    cacheHits: results.map(({ parts }) => parts.map(({ cacheHits }) => cacheHits)),
    failures: results.map(({ parts }) => parts.map(({ failure }) => failure)),
    totalFailures: results.map(({ totalFailure }) => totalFailure),
  };
}
