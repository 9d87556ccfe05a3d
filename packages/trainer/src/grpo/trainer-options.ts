/** What a GRPO run is given and what it comes to. */
import type { Composite, Dataset, Reward } from "@pavlov/core";
import type { HubOptions } from "../hub/settings.js";
import type { EngineChoice } from "../device/open-engine.js";
import type { PassChoice } from "../policy/training-pass.js";
import type { TrainListener } from "../run/events.js";
import type { RolloutFunction } from "../run/rollout-function.js";
import type { GRPOConfigInput } from "./config.js";

export interface GRPOTrainerOptions {
  /** A folder in Hugging Face layout, that of an adapter in PEFT's layout, which is trained on, or the id of either. */
  readonly model: string;
  /** An adapter for `model`, as a folder or an id, to train on instead of a new one. */
  readonly adapter?: string;
  /** One reward, or several made one by `compose`. */
  readonly rewards: Reward | Composite;
  readonly dataset: Dataset;
  /** Held-out rows for `evalStrategy`. */
  readonly evalDataset?: Dataset;
  readonly config?: GRPOConfigInput;
  /** The run's folder; without one nothing is written. */
  readonly output?: string;
  /**
   * Goes on from a checkpoint, in the folder of its run (TRL: `resume_from_checkpoint`): `true` takes the newest one in
   * `output`, a path that of a run's folder, or one checkpoint. Damaged ones are passed over with a warning.
   */
  readonly resumeFrom?: boolean | string;
  /** Goes on although the model, the data, the rewards or the options have changed since the checkpoint. */
  readonly resumeChanged?: boolean;
  /** What else `config.json` should hold, such as the config file's contents. */
  readonly record?: Readonly<Record<string, unknown>>;
  /** How models of the hub are asked for: the token, the cache, whether only the cache may be used. */
  readonly hub?: HubOptions;
  /** A folder that results of cacheable rewards are kept in (see `createScorer`). Without one nothing is kept. */
  readonly rewardCache?: string;
  readonly engine?: EngineChoice;
  /** What computes forward and backward passes. Default: chosen by the model's size. */
  readonly pass?: PassChoice;
  /** Completes prompts instead of the policy's own sampler, in training and evaluation (TRL: `rollout_func`). */
  readonly rollout?: RolloutFunction;
  /** Stops after the current step; the model is saved. */
  readonly signal?: AbortSignal;
  readonly onEvent?: TrainListener;
}
