/** What a GRPO run holds while it goes on, and what changes from step to step. */
import type { Scorer } from "@pavlov/core";
import type { Tokenizer } from "../model/tokenizer.js";
import type { PolicyClient } from "../policy/client.js";
import type { TrainEvent } from "../run/events.js";
import type { GenerationBatch } from "../run/generate-and-score.js";
import type { EncodedPrompt } from "../run/prompts.js";
import type { RolloutFunction } from "../run/rollout-function.js";
import type { RunFolder } from "../run/run-folder.js";
import type { BatchPlan } from "./batch-arithmetic.js";
import type { GRPOConfig } from "./config.js";
import { initialEntropyState, type EntropyState } from "./entropy.js";
import { MetricWindow } from "./metric-window.js";
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
  readonly sampler: PromptSampler;
  readonly rollout: RolloutFunction | undefined;
  readonly folder: RunFolder | null;
  /** Ends the run after the current step. */
  readonly signal: AbortSignal | undefined;
  readonly emit: (event: TrainEvent) => void;
}

/** What one step hands to the next. */
export interface Progress {
  /** The generation batch in use, and the order in which it is split into micro-batches. */
  prepared: PreparedBatch | null;
  order: readonly number[];
  entropy: EntropyState;
  /** Prompt and completion tokens of the whole run (TRL's `num_tokens`). */
  tokensSeen: number;
  /** Completion tokens generated per second of the step that generated last. */
  tokensPerSecond: number;
  /** The generation batch in use, until its completions are written. */
  unwritten: { readonly batch: GenerationBatch; readonly advantages: readonly number[] } | null;
  /** Seconds of each step so far. */
  readonly stepSeconds: number[];
  readonly window: MetricWindow;
  readonly notices: Notices;
}

/** The state before the first step. */
export const initialProgress = ({ config, emit }: Pick<Run, "config" | "emit">): Progress => ({
  prepared: null,
  order: [],
  entropy: initialEntropyState(config),
  tokensSeen: 0,
  tokensPerSecond: 0,
  unwritten: null,
  stepSeconds: [],
  window: new MetricWindow(),
  notices: createNotices(emit),
});
