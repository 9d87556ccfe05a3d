/** What a GRPO run holds while it goes on, and what changes from step to step. */
import type { Scorer } from "@pavlov/core";
import type { Tokenizer } from "../model/tokenizer.js";
import type { PolicyClient } from "../policy/client.js";
import type { CompletionRecord } from "../run/completion-records.js";
import type { TrainEvent } from "../run/events.js";
import type { EncodedPrompt } from "../run/prompts.js";
import type { RolloutFunction } from "../run/rollout-function.js";
import type { RunFolder } from "../run/run-folder.js";
import { microBatchesOfStep, type BatchPlan } from "./batch-arithmetic.js";
import type { GRPOConfig } from "./config.js";
import { initialEntropyState, type EntropyState } from "./entropy.js";
import { MetricWindow, type MetricWindowState } from "./metric-window.js";
import { createNotices, type Notices } from "./notices.js";
import type { PreparedBatch } from "./prepare-batch.js";
import type { PromptSampler } from "./prompt-sampler.js";

/** The parts of a run; none of them is replaced before its end. */
export interface Run {
  readonly config: GRPOConfig;
  readonly plan: BatchPlan;
  readonly policy: PolicyClient;
  readonly tokenizer: Tokenizer;
  readonly scorer: Scorer;
  readonly prompts: readonly EncodedPrompt[];
  /** Null without held-out rows. */
  readonly evalPrompts: readonly EncodedPrompt[] | null;
  /** Most held-out completions that are generated at the same time. */
  readonly evaluationRows?: number;
  readonly sampler: PromptSampler;
  readonly rollout: RolloutFunction | undefined;
  readonly folder: RunFolder | null;
  /** What decides the run's numbers, as a checkpoint remembers it. */
  readonly fingerprint: Readonly<Record<string, unknown>>;
  /** The step that the run was taken up at. */
  readonly resumedStep: number | null;
  /** Ends the run after the current step. */
  readonly signal: AbortSignal | undefined;
  readonly emit: (event: TrainEvent) => void;
}

/** What one step hands to the next. */
export interface Progress {
  /** Optimizer steps done. */
  step: number;
  /** The generation batch in use, and the order in which it is split into micro-batches. */
  prepared: PreparedBatch | null;
  order: readonly number[];
  entropy: EntropyState;
  /** Prompt and completion tokens of the whole run (TRL's `num_tokens`). */
  tokensSeen: number;
  /** Completion tokens generated per second of the step that generated last. */
  tokensPerSecond: number;
  /** The completions of the generation batch in use, until they are written. */
  unwritten: readonly CompletionRecord[] | null;
  /** True while the held-out rows are still to be evaluated after the last step. */
  evaluationDue: boolean;
  /** Seconds of each step of this process. */
  readonly stepSeconds: number[];
  /** Seconds of the steps that were done before the run was taken up again. */
  readonly earlierSeconds: number;
  readonly window: MetricWindow;
  readonly notices: Notices;
  /** The state after the last step, while the next one changes this one. */
  latest: ProgressSnapshot | null;
  /** The last step that has a checkpoint, with its folder. */
  saved: { readonly step: number; readonly path: string } | null;
}

/** The state before the first step. */
export const initialProgress = ({ config, emit }: Pick<Run, "config" | "emit">): Progress => ({
  step: 0,
  prepared: null,
  order: [],
  entropy: initialEntropyState(config),
  tokensSeen: 0,
  tokensPerSecond: 0,
  unwritten: null,
  evaluationDue: config.evalOnStart,
  stepSeconds: [],
  earlierSeconds: 0,
  window: new MetricWindow(),
  notices: createNotices(emit),
  latest: null,
  saved: null,
});

/** Seconds of all steps of the run. */
export const trainSecondsOf = ({ stepSeconds, earlierSeconds }: Progress): number =>
  stepSeconds.reduce((sum, seconds) => sum + seconds, earlierSeconds);

/** The state after a step as a checkpoint holds it, without the generation batch. */
export interface ProgressState {
  readonly step: number;
  readonly entropy: EntropyState;
  readonly tokensSeen: number;
  readonly tokensPerSecond: number;
  readonly evaluationDue: boolean;
  readonly trainSeconds: number;
  readonly window: MetricWindowState;
  /** Topics of notices that were given. */
  readonly said: readonly string[];
}

/** A generation batch that more steps train on, with what is still to be written of it. */
export interface BatchInUse {
  readonly prepared: PreparedBatch;
  readonly order: readonly number[];
  readonly unwritten: readonly CompletionRecord[] | null;
}

/** Both parts of the state after a step. Nothing in it changes when the run goes on. */
export interface ProgressSnapshot {
  readonly state: ProgressState;
  /** Null where the next step generates anew. */
  readonly batch: BatchInUse | null;
}

/** Takes down the state after a step. */
export const snapshotOf = (progress: Progress, plan: BatchPlan): ProgressSnapshot => {
  const { step, prepared, order, unwritten, entropy, tokensSeen, tokensPerSecond, evaluationDue } = progress;
  const goesOn = microBatchesOfStep(plan, step)[0]?.generates === false;
  return {
    state: {
      ...{ step, entropy, tokensSeen, tokensPerSecond, evaluationDue },
      trainSeconds: trainSecondsOf(progress),
      window: progress.window.state(),
      said: progress.notices.said(),
    },
    batch: goesOn && prepared ? { prepared, order, unwritten } : null,
  };
};

/** The state that a checkpoint's snapshot was taken of. A batch that does not fit the plan is left out. */
export const progressOf = (
  snapshot: ProgressSnapshot,
  path: string,
  { plan, emit }: Pick<Run, "plan" | "emit">,
): Progress => {
  const { state, batch } = snapshot;
  const fits = batch?.order.length === plan.generationBatchSize ? batch : null;
  return {
    ...{ step: state.step, entropy: state.entropy, tokensSeen: state.tokensSeen },
    ...{ tokensPerSecond: state.tokensPerSecond, evaluationDue: state.evaluationDue },
    prepared: fits?.prepared ?? null,
    order: fits?.order ?? [],
    unwritten: fits?.unwritten ?? null,
    stepSeconds: [],
    earlierSeconds: state.trainSeconds,
    window: new MetricWindow(state.window),
    notices: createNotices(emit, state.said),
    latest: snapshot,
    saved: { step: state.step, path },
  };
};
