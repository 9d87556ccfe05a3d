/** What a GRPO run is given and what it comes to. */
import type { Composite, Dataset, Reward } from "@pavlov/core";
import type { EngineChoice } from "../policy/protocol.js";
import type { TrainListener } from "../run/events.js";
import type { RolloutFunction } from "../run/rollout-function.js";
import type { GRPOConfigInput } from "./config.js";

export interface GRPOTrainerOptions {
  /** A folder in Hugging Face layout. */
  readonly model: string;
  /** One reward, or several made one by `compose`. */
  readonly rewards: Reward | Composite;
  readonly dataset: Dataset;
  /** Held-out rows for `evalStrategy`. */
  readonly evalDataset?: Dataset;
  readonly config?: GRPOConfigInput;
  /** The run's folder; without one nothing is written. */
  readonly output?: string;
  /** What else `config.json` should hold, such as the config file's contents. */
  readonly record?: Readonly<Record<string, unknown>>;
  readonly engine?: EngineChoice;
  /** Completes prompts instead of the policy's own sampler, in training and evaluation (TRL: `rollout_func`). */
  readonly rollout?: RolloutFunction;
  /** Stops after the current step; the model is saved. */
  readonly signal?: AbortSignal;
  readonly onEvent?: TrainListener;
}
