/**
 * What crosses between the main process and the one that owns the model: token ids, log-probabilities of sampled
 * tokens, scalars. Weights, gradients, moments and caches never do.
 */
import type { Device, SkippedDevice } from "../device/device.js";
import type { EngineChoice } from "../device/open-engine.js";
import type { Traffic } from "../engine/traffic.js";
import type { ImportanceSamplingOptions } from "../grpo/importance-sampling.js";
import type { NewLora } from "../model/lora/settings.js";
import type { RolloutOptions } from "../rollout/decode-kind.js";
import type { RolloutCosts } from "../rollout/generate.js";
import type { SamplingOptions } from "../rollout/sampler.js";
import type { LossSpec } from "./loss-spec.js";
import type { PassChoice } from "./training-pass.js";

export interface LoadRequest {
  /** A folder in Hugging Face layout. */
  readonly model: string;
  readonly engine: EngineChoice;
  /** Keep what KL is measured against: a frozen copy of the weights, or with LoRA the base model. */
  readonly reference: boolean;
  /** What computes forward and backward passes. Default: chosen by the model's size. */
  readonly pass?: PassChoice;
  /** Compute activations again in the backward pass instead of keeping them. Default: false. */
  readonly gradientCheckpointing?: boolean;
  /** Train a new LoRA adapter instead of the weights. */
  readonly lora?: NewLora | null;
  /** The folder of an adapter in PEFT's layout, to go on with. */
  readonly adapter?: string | null;
  /** The folder whose tokenizer is saved beside an adapter. Default: `model`. */
  readonly tokenizer?: string;
  /** What the process that asks holds in memory: a container's limit is for both together. Default: 0. */
  readonly callerBytes?: number;
}

export interface LoadReply {
  /** Numbers in the weights, an adapter's among them. */
  readonly parameters: number;
  /** Numbers in those that training changes. */
  readonly trainableParameters: number;
  readonly engine: string;
  readonly device: Exclude<Device, "auto">;
  /** Better devices that `auto` did not take. */
  readonly skippedDevices: readonly SkippedDevice[];
  readonly maxPositions: number;
  readonly vocabularySize: number;
  readonly eosTokenIds: readonly number[];
  readonly padTokenId: number;
  /** Seconds of reading the files and bringing weights and moments to where they are computed with. */
  readonly loadSeconds: number;
}

export interface GenerateRequest {
  /** Token ids of each distinct prompt. */
  readonly prompts: readonly (readonly number[])[];
  /** Completions of each prompt. Row r belongs to prompt floor(r / numGenerations). */
  readonly numGenerations: number;
  readonly maxCompletionLength: number;
  /** Tokens before which no end-of-sequence token is drawn. Default 0. */
  readonly minCompletionLength?: number;
  readonly sampling: SamplingOptions;
  /** How the sampling program computes. Default: float32. */
  readonly rollout?: RolloutOptions;
  readonly seed: number;
  /** Counts generation batches: with the seed, row and position it decides every sample. */
  readonly step: number;
  /** Most rows that are generated at the same time; the others wait. Default 256. */
  readonly maxRows?: number;
}

export interface GenerateReply {
  readonly tokens: number;
  /** Seconds of the batch by parts. */
  readonly costs?: RolloutCosts;
}

/** One finished completion. */
export interface FinishedRow {
  readonly row: number;
  /** The end-of-sequence token included where there is one. */
  readonly tokenIds: readonly number[];
  /** Natural logarithm, one for each token. */
  readonly logProbabilities: readonly number[];
  readonly finishReason: "stop" | "length";
}

/** A prompt and its completion as token ids, with what the loss needs to know about each completion token. */
export interface TokenRow {
  readonly promptIds: readonly number[];
  readonly completionIds: readonly number[];
  /** True: no token of the row counts (masked because it was cut). */
  readonly masked?: boolean;
  readonly advantage?: number;
  readonly oldLogProbabilities?: ArrayLike<number>;
  readonly referenceLogProbabilities?: ArrayLike<number>;
  readonly samplingLogProbabilities?: ArrayLike<number>;
  /** Correction for rollouts that another engine sampled (`grpo/importance-sampling.ts`). */
  readonly importanceRatio?: ArrayLike<number>;
}

export interface LogProbabilitiesRequest {
  readonly rows: readonly TokenRow[];
  readonly which: "policy" | "reference";
  readonly temperature: number;
}

/** One forward and backward pass; gradients are added to those of earlier calls until the next update. */
export interface AccumulateRequest {
  readonly rows: readonly TokenRow[];
  readonly loss: LossSpec;
  /** Loss only: no gradient is computed or added. */
  readonly evaluate?: boolean;
  /**
   * Weighs each token by how much likelier the training pass finds the completion than the program that sampled it
   * (`samplingLogProbabilities` of every row). For rows of the policy as it is now: without old log-probabilities.
   */
  readonly correction?: ImportanceSamplingOptions;
}

export interface AccumulateReply {
  readonly loss: number;
  /** The loss's own scalars, by name. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Rows whose backward pass was left out, since it would have come to zeros. Default: 0. */
  readonly skippedRows?: number;
  /** Log-probabilities of the training pass, one array for each row, where a correction was asked for. */
  readonly logProbabilities?: readonly Float32Array[];
}

export interface UpdateRequest {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Largest global norm; 0 does not clip. */
  readonly maxGradNorm: number;
}

export interface UpdateReply {
  /** Global norm of the gradient before clipping. */
  readonly gradNorm: number;
  /** Seconds of the optimizer's step, the norm included. */
  readonly seconds: number;
}

export interface SaveRequest {
  readonly folder: string;
}

export interface SaveCheckpointRequest extends SaveRequest {
  /** Also the reference, where it has moved from the model that training began with. */
  readonly reference: boolean;
}

export interface SaveCheckpointReply {
  /** Steps that the optimizer has applied. */
  readonly optimizerSteps: number;
}

export interface LoadCheckpointRequest extends SaveCheckpointRequest, SaveCheckpointReply {}

/** The process's memory, and what has crossed from it to the device and back. */
export interface UsageReply {
  readonly residentBytes: number;
  /** The largest that it has been. */
  readonly peakBytes: number;
  /** What has crossed between memory and the device, once that has done all it was asked for. Absent on the CPU. */
  readonly traffic?: Traffic;
}

/** The process's methods: request and reply. */
export interface PolicyMethods {
  load(request: LoadRequest): LoadReply;
  generate(request: GenerateRequest): GenerateReply;
  logProbabilities(request: LogProbabilitiesRequest): readonly Float32Array[];
  accumulate(request: AccumulateRequest): AccumulateReply;
  update(request: UpdateRequest): UpdateReply;
  /** reference <- alpha * policy + (1 - alpha) * reference (TRL's `SyncRefModelCallback`). */
  syncReference(request: { readonly alpha: number }): void;
  save(request: SaveRequest): void;
  /** Saves the model as `save` does, and the optimizer's state beside it. */
  saveCheckpoint(request: SaveCheckpointRequest): SaveCheckpointReply;
  /** Takes up what `saveCheckpoint` wrote, in the model that training began with. */
  loadCheckpoint(request: LoadCheckpointRequest): void;
  usage(request: null): UsageReply;
  dispose(request: null): void;
}

export type PolicyMethod = keyof PolicyMethods;

export interface CallMessage {
  readonly id: number;
  readonly method: PolicyMethod;
  readonly request: unknown;
}

/** Ends a call before its time, whether it runs or waits: it fails then. Only generating can end in the middle. */
export interface CancelMessage {
  readonly cancel: number;
}

/** An error as it crosses: a sentence for the user, and the stack for `--debug`. */
export interface ErrorMessage {
  readonly message: string;
  readonly hint?: string;
  readonly stack?: string;
  /** True for errors that were written for users. */
  readonly expected: boolean;
}

export type ReplyMessage =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ErrorMessage }
  | { readonly id: number; readonly finished: readonly FinishedRow[] }
  /** What no call has caused; the process ends with it. */
  | { readonly failed: ErrorMessage };
