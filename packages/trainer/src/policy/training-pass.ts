/**
 * What computes forward and backward passes over token rows. Two do: `whole-pass.ts` compiles model, loss and
 * gradients into one program, the fastest for a small model; the layered pass runs a few small programs layer by
 * layer, which costs a large model far less memory.
 */
import type { Buffer, Buffers, Engine } from "../engine/engine.js";
import type { ModelConfig } from "../model/config.js";
import type { Linear } from "../model/linear.js";
import type { AccumulateReply, AccumulateRequest, TokenRow } from "./protocol.js";

/** Which pass computes; `auto` chooses by the model's size. */
export type PassChoice = "auto" | "whole" | "layered";

/** What a pass is made for. */
export interface TrainingPassOptions {
  readonly engine: Engine;
  readonly config: ModelConfig;
  /** Names and shapes of all weights that the model's functions read, an adapter's among them, first layer first. */
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  /** Names of those that get a gradient, in the same order. */
  readonly trainable: readonly string[];
  /** How projections are computed; LoRA's where there is an adapter. */
  readonly linear: Linear;
  readonly padTokenId: number;
  /** Compute a layer's activations again in the backward pass instead of keeping them. Only the layered pass does. */
  readonly checkpointing?: boolean;
}

/** Loss, metrics and gradients of one micro-batch. */
export interface PassResult extends AccumulateReply {
  /** By the weights' names; the caller owns the buffers. None for an evaluation, or where all of them are zero. */
  readonly gradients: Readonly<Record<string, Buffer>> | null;
}

/** Log-probabilities that are wanted without a gradient. */
export interface PassLogProbabilities {
  readonly rows: readonly TokenRow[];
  readonly temperature: number;
}

/** Runs one call after another. `weights` are the buffers of `parameters`, or for log-probabilities of another model. */
export interface TrainingPass {
  /**
   * One micro-batch. With `receive`, gradients are handed over as they are computed, a layer at a time, and the result
   * has none: fewer of them are in memory at once.
   */
  accumulate(call: AccumulateRequest, weights: Buffers, receive?: (gradients: Buffers) => void): Promise<PassResult>;
  /** One array for each row, as long as its completion. */
  logProbabilities(call: PassLogProbabilities, weights: Buffers): Promise<readonly Float32Array[]>;
  /** Gives back what compiled programs hold between calls; they are compiled again when needed. */
  release(): void;
}
