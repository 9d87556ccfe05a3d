/** The loss as part of compiled programs: its inputs, their buffers, and its value from log-probabilities. */
import type { Scalar, Tensor } from "@tensorflow/tfjs";
import { PavlovError } from "@pavlov/core";
import type { Buffer, Engine, Specs, Tensors, TensorSpec } from "../engine/engine.js";
import { policyLoss } from "../grpo/losses/index.js";
import type { PolicyLossInputs } from "../grpo/losses/index.js";
import { supervisedLoss } from "../sft/loss.js";
import type { TokenValue } from "./batch-layout.js";
import type { LossSpec } from "./loss-spec.js";

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

/** The per-token values among the arrays that this loss reads. */
export const lossValues = ({ values }: Pick<LossArrays, "values">, loss: LossSpec): TokenValue[] =>
  loss.kind === "sft" ? [] : (Object.keys(values) as TokenValue[]);

/** What of a loss is compiled into its program, as a key. */
export const lossKey = (loss: LossSpec): string =>
  loss.kind === "sft" ? "sft" : JSON.stringify([loss.options, loss.temperature]);

/** Specs of the inputs that the loss reads beside log-probabilities and entropies. */
export const lossSpecs = (shape: LossShape, loss: LossSpec, values: readonly TokenValue[]): Specs => {
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

/** The loss of `logProbabilities` and `entropies` [rows, completionTokens], the rest of it being `inputs`. */
export const lossOf = (
  logProbabilities: Tensor,
  entropies: Tensor,
  inputs: Tensors,
  loss: LossSpec,
  values: readonly TokenValue[],
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
