/** What a GRPO run holds while it goes on, and what changes from step to step. */
import type { Scorer } from "@pavlov/core";
import type { Tokenizer } from "../model/tokenizer.js";
import type { PolicyClient } from "../policy/client.js";
import type { TrainEvent } from "../run/events.js";
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
  /** Completion tokens generated in this step. */
  tokensGenerated: number;
  readonly window: MetricWindow;
  readonly notices: Notices;
}

/** The state before the first step. */
export const initialProgress = ({ config, emit }: Pick<Run, "config" | "emit">): Progress => ({
  prepared: null,
  order: [],
  entropy: initialEntropyState(config),
  tokensSeen: 0,
  tokensGenerated: 0,
  window: new MetricWindow(),
  notices: createNotices(emit),
});
