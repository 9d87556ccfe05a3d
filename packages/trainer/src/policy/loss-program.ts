/** The loss as part of compiled programs: its inputs, their buffers, and its value from log-probabilities. */
import type { Scalar, Tensor } from "@tensorflow/tfjs";
import { PavlovError } from "@pavlov/core";
import type { Buffer, Engine, Specs, Tensors, TensorSpec } from "../engine/engine.js";
import type { ImportanceSamplingOptions } from "../grpo/importance-sampling.js";
import { policyLoss } from "../grpo/losses/index.js";
import type { PolicyLossInputs } from "../grpo/losses/index.js";
import { supervisedLoss } from "../sft/loss.js";
import type { TokenValue } from "./batch-layout.js";
import { importanceRatios } from "./correction.js";
import type { LossSpec } from "./loss-spec.js";
import type { AccumulateRequest } from "./protocol.js";

/** What the loss reads of rows: flat arrays, row by row. */
export interface LossArrays {
  readonly rows: number;
  /** Padded completion length. */
  readonly completionTokens: number;
  /** 1 for completion tokens that count. [rows, completionTokens] */
  readonly completionMask: Float32Array;
  /** [rows] */
  readonly advantages: Float32Array;
  /** Those that every row has. Each [rows, completionTokens] */
  readonly values: Readonly<Partial<Record<TokenValue, Float32Array>>>;
}

/** The loss of one call: what is computed, and from what. */
export interface CallLoss {
  readonly spec: LossSpec;
  /** The per-token values that rows carry and the loss may read. */
  readonly values: readonly TokenValue[];
  /** Where tokens are weighed by how much likelier the program finds them than what sampled them. */
  readonly correction: ImportanceSamplingOptions | null;
}

/** Sizes of a loss program's tensors. */
export type LossShape = Pick<LossArrays, "rows" | "completionTokens">;

export interface LossAndMetrics {
  /** [] */
  readonly loss: Scalar;
  /** Each [] */
  readonly metrics: Readonly<Record<string, Tensor>>;
}

const METRIC = "metric:";
export const metricOutput = (name: string): string => `${METRIC}${name}`;
export const isMetricOutput = (output: string): boolean => output.startsWith(METRIC);
export const metricOfOutput = (output: string): string => output.slice(METRIC.length);

const float = (...shape: number[]): TensorSpec => ({ shape, dtype: "float32" });

/**
 * The loss that a call asks for.
 * @throws Error where it asks for a correction, and the rows lack the sampler's log-probabilities.
 */
export const lossOfCall = (
  { loss, correction }: AccumulateRequest,
  { values }: Pick<LossArrays, "values">,
): CallLoss => {
  if (loss.kind === "sft") return { spec: loss, values: [], correction: null };
  if (correction && !values.samplingLogProbabilities) {
    throw new Error("The rows have no samplingLogProbabilities to correct for.");
  }
  return { spec: loss, values: Object.keys(values) as TokenValue[], correction: correction ?? null };
};

/** True where no row has an effect on the weights: all advantages are 0 and the loss has no other term. */
export const isWithoutGradient = ({ rows, loss }: AccumulateRequest): boolean =>
  loss.kind === "grpo" &&
  !loss.options.entropyBonus &&
  (loss.options.beta === 0 || rows[0]?.referenceLogProbabilities === undefined) &&
  rows.every(({ advantage }) => (advantage ?? 0) === 0);

/** What of a loss is compiled into its program, as a key. */
export const lossKey = ({ spec, values, correction }: CallLoss): string =>
  spec.kind === "sft" ? "sft" : JSON.stringify([spec.options, spec.temperature, values, correction]);

/** Specs of the inputs that the loss reads beside log-probabilities and entropies. */
export const lossSpecs = (shape: LossShape, { spec: loss, values }: CallLoss): Specs => {
  const perToken = float(shape.rows, shape.completionTokens);
  const scalars = loss.kind === "grpo" ? ["gradientAccumulation", "stepsPerGeneration", "entropyCoefficient"] : [];
  return {
    completionMask: perToken,
    itemsInBatch: float(),
    ...(loss.kind === "grpo" ? { advantages: float(shape.rows) } : {}),
    ...Object.fromEntries(scalars.map((name) => [name, float()])),
    ...Object.fromEntries(values.map((name) => [name, perToken])),
  };
};

/** Buffers of those inputs. */
export const lossBuffers = (engine: Engine, arrays: LossArrays, loss: LossSpec): Record<string, Buffer> => {
  const perToken = [arrays.rows, arrays.completionTokens];
  const scalar = (value: number): Buffer => engine.buffer(Float32Array.of(value), []);
  const buffers: Record<string, Buffer> = {
    completionMask: engine.buffer(arrays.completionMask, perToken),
    itemsInBatch: scalar(loss.itemsInBatch),
  };
  if (loss.kind === "sft") return buffers;
  for (const [name, values] of Object.entries(arrays.values)) buffers[name] = engine.buffer(values, perToken);
  return {
    ...buffers,
    advantages: engine.buffer(arrays.advantages, [arrays.rows]),
    gradientAccumulation: scalar(loss.gradientAccumulationSteps),
    stepsPerGeneration: scalar(loss.stepsPerGeneration),
    entropyCoefficient: scalar(loss.entropyCoefficient),
  };
};

/** A program's input of that name. */
export const inputOf = (inputs: Tensors, name: string): Tensor => {
  const tensor = inputs[name];
  if (!tensor) throw new Error(`The program has no input named ${name}.`);
  return tensor;
};

const ratiosOf = (logProbabilities: Tensor, inputs: Tensors, correction: ImportanceSamplingOptions): Tensor =>
  importanceRatios(
    logProbabilities,
    inputOf(inputs, "samplingLogProbabilities"),
    inputOf(inputs, "completionMask"),
    correction,
  );

/** The loss of `logProbabilities` and `entropies` [rows, completionTokens], the rest of it being `inputs`. */
export const lossOf = (
  logProbabilities: Tensor,
  entropies: Tensor,
  inputs: Tensors,
  { spec: loss, values, correction }: CallLoss,
): LossAndMetrics => {
  const mask = inputOf(inputs, "completionMask");
  const itemsInBatch = inputOf(inputs, "itemsInBatch");
  if (loss.kind === "sft") return supervisedLoss({ logProbabilities, entropies, mask, itemsInBatch });
  const { rowsInBatch, tokensInBatch } = inputs;
  const lossInputs: PolicyLossInputs = {
    logProbabilities,
    entropies,
    mask,
    advantages: inputOf(inputs, "advantages"),
    itemsInBatch,
    gradientAccumulation: inputOf(inputs, "gradientAccumulation"),
    stepsPerGeneration: inputOf(inputs, "stepsPerGeneration"),
    entropyCoefficient: inputOf(inputs, "entropyCoefficient"),
    ...(rowsInBatch && tokensInBatch ? { rowsInBatch, tokensInBatch } : {}),
    ...Object.fromEntries(values.map((name) => [name, inputOf(inputs, name)])),
    ...(correction ? { importanceRatio: ratiosOf(logProbabilities, inputs, correction) } : {}),
  };
  return policyLoss(lossInputs, loss.options);
};

/** @throws PavlovError where the loss is no number. */
export const checkLoss = (loss: number): void => {
  if (Number.isFinite(loss)) return;
  throw new PavlovError(`The loss is ${loss}.`, {
    hint: "Lower learningRate, or look for a reward with extreme scores.",
  });
};
