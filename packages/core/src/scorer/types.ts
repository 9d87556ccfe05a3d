/** What the trainer, the command line and tests see of scoring. */
import type { Message, Reward, Score } from "../reward.js";

/**
 * What to do when a reward throws, times out or returns something that is not a score.
 * - `fail`: the whole call rejects. The default in `score`, `test` and `eval`.
 * - `drop`: the sample stays unscored (`total` null). The default in training.
 * - `{ score }`: this score stands in, and the error is still counted.
 */
export type ErrorPolicy = "fail" | "drop" | { readonly score: number };

/** One named part of a composite: a reward with its weight, column mapping, params and run-time policy. */
export interface RewardUse {
  readonly reward: Reward;
  /** Default 1. With 0 the reward still runs and is logged. */
  readonly weight: number;
  /** Reward column -> dataset column. Columns that are not named map to themselves. */
  readonly columns: Readonly<Record<string, string>>;
  /** Validated params, defaults applied. */
  readonly params: object;
  readonly onError?: ErrorPolicy;
  /**
   * Milliseconds for one call. A reward that is not declared `async` is taken for a synchronous one and runs in a
   * worker then, which is killed when its time is up.
   */
  readonly timeout?: number;
  /**
   * Calls of this reward at the same time. Default 64; of one that runs in worker threads, as many as there are
   * processors, from 2 to 4.
   */
  readonly concurrency?: number;
  /** Tries after the first one failed. Default 0. */
  readonly retries?: number;
  /**
   * `true`: run in a worker thread, which is killed and replaced when its time is up. A worker is no security boundary:
   * its code can do whatever this process can. `false`: stay in this thread in spite of a timeout.
   */
  readonly isolate?: boolean;
  /** How a worker can import the reward: module URL and export name. Absent for inline rewards. */
  readonly source?: { readonly module: string; readonly exportName: string };
}

/** Rewards under names, combined by a weighted sum or by an expression. Itself a reward: it can be nested. */
export interface Composite extends Reward {
  readonly parts: Readonly<Record<string, RewardUse>>;
  /** The expression over the parts' names; absent for a weighted sum. */
  readonly combine?: string;
  /** Raw scores by name -> total; null abstains. Pure. */
  total(scores: Readonly<Record<string, Score>>): Score;
}

/** One completion to score, with the whole dataset row. The scorer hands each reward only what it declared. */
export interface ScorerSample {
  readonly completion: string;
  readonly row: Readonly<Record<string, unknown>>;
  readonly groupId: string;
  readonly prompt?: string;
  readonly messages?: readonly Message[];
  readonly tokenIds?: readonly number[];
  readonly finishReason?: "stop" | "length";
}

export interface ScoreFailure {
  readonly reward: string;
  readonly message: string;
}

/** Results of a batch of n samples under k rewards. */
export interface ScoredBatch {
  /** The rewards' names. [k] */
  readonly names: readonly string[];
  /** Raw scores; null where the reward abstained, or failed and no policy gave it a score. [n][k] */
  readonly scores: readonly (readonly Score[])[];
  /** Combined score; null where all rewards abstained or one failed. [n] */
  readonly total: readonly Score[];
  /** [n][k] */
  readonly reasons: readonly (readonly (string | undefined)[])[];
  /** [n][k] */
  readonly metrics: readonly (readonly (Readonly<Record<string, number>> | undefined)[])[];
  /** Failures, by sample. A sample with one is unscored unless the policy gave it a score. [n][k] */
  readonly failures: readonly (readonly (ScoreFailure | undefined)[])[];
  /** What scoring used up. [n][k] */
  readonly usage?: readonly (readonly (Readonly<Record<string, number>> | undefined)[])[];
  /** How many results came from the cache: of a reward 0 or 1, of a nested composite those of its parts. [n][k] */
  readonly cacheHits?: readonly (readonly number[])[];
  /** Where all scores were fine and their combination was not a finite number: such samples are unscored. [n] */
  readonly totalFailures?: readonly (ScoreFailure | undefined)[];
}

/** Scores samples that arrive group by group, so that rewards run while other groups are still being generated. */
export interface ScoringSession {
  /**
   * Aborted, with the reason, as soon as the batch cannot be scored any more: a reward with `onError: fail` failed, or
   * the session or its scorer was ended. `finish` then rejects with that reason.
   */
  readonly signal: AbortSignal;
  /**
   * Samples of one group. Their places in the batch are `firstIndex` and those after it, for groups that come in
   * another order than the batch's; by default they follow the last place taken.
   * @throws PavlovError where a place is taken already.
   */
  add(group: readonly ScorerSample[], firstIndex?: number): void;
  /** Ends the session without results: running rewards are told to stop, and `finish` rejects. */
  abort(reason: unknown): void;
  /**
   * Rejects when a reward with `onError: fail` failed, when a reward failed on every sample of the batch, or when a
   * place of the batch has no sample.
   */
  finish(): Promise<ScoredBatch>;
}

export interface ScoreOptions {
  readonly step?: number;
  readonly signal?: AbortSignal;
}

/** A composite made ready to run over batches. */
export interface Scorer {
  /** [k] */
  readonly names: readonly string[];
  /** [k] */
  readonly weights: readonly number[];
  /** True when totals come from an expression instead of weights. */
  readonly combined: boolean;
  /** Runs every reward's `setup`. Called by the first scoring otherwise. */
  setup(): Promise<void>;
  begin(options?: ScoreOptions): ScoringSession;
  score(samples: readonly ScorerSample[], options?: ScoreOptions): Promise<ScoredBatch>;
  dispose(): Promise<void>;
}

export interface ScorerOptions {
  /** For rewards that name no policy of their own. Default `fail`. */
  readonly onError?: ErrorPolicy;
  /** Seeds `context.seed`. Default 0. */
  readonly seed?: number;
  readonly log?: (reward: string, message: string) => void;
  /** Where the variables that rewards name come from. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What `context.fetch` calls, in rewards that run in this thread. Default the global one. */
  readonly fetch?: typeof globalThis.fetch;
  /**
   * A folder that results of cacheable rewards are kept in, and taken from where nothing that a result came from has
   * changed. It may be deleted at any time, and shared by processes. Without one nothing is kept.
   */
  readonly cache?: string;
}
