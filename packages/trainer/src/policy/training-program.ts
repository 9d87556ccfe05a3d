/**
 * The compiled forward and backward pass of one micro-batch: model, loss and gradients in one program. Gradients are
 * the last outputs, in the order of the layers, so that each is computed with its layer and frees what it read.
 */
import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor } from "@tensorflow/tfjs";
import type { Specs, TensorProgram, Tensors, TensorSpec } from "../engine/engine.js";
import type { ModelConfig } from "../model/config.js";
import type { SequenceInputs } from "../model/decoder.js";
import type { Linear } from "../model/linear.js";
import { completionLogProbabilities } from "../model/log-probabilities.js";
import type { BatchShape } from "./batch-layout.js";
import { inputOf, lossOf, lossSpecs, metricOutput } from "./loss-program.js";
import type { CallLoss, LossAndMetrics } from "./loss-program.js";

/** A program and the shapes of its inputs beside the weights. */
export interface TrainingProgram {
  readonly program: TensorProgram;
  readonly inputs: Specs;
}

export interface TrainingProgramOptions {
  readonly config: ModelConfig;
  /** Names and shapes of the weights, in the order of the layers. */
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  /** Names of those that get a gradient, in the same order. */
  readonly trainable: readonly string[];
  readonly linear: Linear;
  readonly shape: BatchShape;
  readonly loss: CallLoss;
  /** False: the loss and its metrics only. */
  readonly gradients: boolean;
  /** Distinct ids of the batch, rounded up, where the embedding's gradient is computed from those alone; null: from all. */
  readonly uniqueIds: number | null;
}

/** Prefix that keeps gradients apart from other outputs. */
const GRADIENT = "gradient:";

export const gradientOutput = (parameter: string): string => `${GRADIENT}${parameter}`;

/** Whether a result is a weight's gradient. */
export const isGradientOutput = (output: string): boolean => output.startsWith(GRADIENT);

const float = (...shape: number[]): TensorSpec => ({ shape, dtype: "float32" });
const int = (...shape: number[]): TensorSpec => ({ shape, dtype: "int32" });

/** Specs of a model's weights. */
export const parameterSpecs = (parameters: Readonly<Record<string, readonly number[]>>): Specs =>
  Object.fromEntries(Object.entries(parameters).map(([name, shape]) => [name, float(...shape)]));

/** Specs of the token rows that every pass over whole sequences reads. */
export const sequenceSpecs = ({ rows, promptTokens, completionTokens }: BatchShape): Specs => {
  const tokens = promptTokens + completionTokens;
  return { ids: int(rows, tokens), positions: int(rows, tokens), keyMask: float(rows, tokens) };
};

/** The token rows among a program's inputs, with their distinct ids where the program has them. */
export const sequenceInputs = (inputs: Tensors): SequenceInputs => {
  const { uniqueIds, inverse } = inputs;
  return {
    ids: inputOf(inputs, "ids"),
    positions: inputOf(inputs, "positions"),
    keyMask: inputOf(inputs, "keyMask"),
    ...(uniqueIds && inverse ? { unique: { uniqueIds, inverse } } : {}),
  };
};

const uniqueSpecs = ({ rows, promptTokens, completionTokens }: BatchShape, uniqueIds: number | null): Specs =>
  uniqueIds === null ? {} : { uniqueIds: int(uniqueIds), inverse: int(rows * (promptTokens + completionTokens)) };

const computeLoss = (
  { config, linear, shape, loss }: TrainingProgramOptions,
  parameters: Tensors,
  inputs: Tensors,
): LossAndMetrics & { readonly logProbabilities: Tensor } => {
  const { spec } = loss;
  const { logProbabilities, entropies } = completionLogProbabilities(
    config,
    parameters,
    { ...sequenceInputs(inputs), linear },
    {
      completionTokens: shape.completionTokens,
      temperature: spec.kind === "grpo" ? spec.temperature : 1,
      differentiableEntropy: spec.kind === "grpo" && spec.options.entropyBonus,
    },
  );
  return { logProbabilities, ...lossOf(logProbabilities, entropies, inputs, loss) };
};

/**
 * Builds the program of one shape and loss. Its outputs: `loss`, `metric:<name>`, with a correction `logProbabilities`
 * [rows, completionTokens], then `gradient:<weight>`.
 */
export const trainingProgram = (options: TrainingProgramOptions): TrainingProgram => {
  const names = options.trainable;
  const program: TensorProgram = (inputs) => {
    let metrics: Readonly<Record<string, Tensor>> = {};
    let logProbabilities: Tensor | undefined;
    const forward = (...weights: Tensor[]): Scalar => {
      const trained = Object.fromEntries(names.map((name, index) => [name, weights[index] as Tensor]));
      const result = computeLoss(options, { ...inputs, ...trained }, inputs);
      // The tape's scope ends before the caller sees the metrics.
      metrics = Object.fromEntries(Object.entries(result.metrics).map(([name, value]) => [name, tf.keep(value)]));
      if (options.loss.correction) logProbabilities = tf.keep(result.logProbabilities);
      return result.loss;
    };
    const weights = names.map((name) => inputOf(inputs, name));
    const gradients: Record<string, Tensor> = {};
    let loss: Tensor;
    if (options.gradients) {
      const { value, grads } = tf.valueAndGrads(forward)(weights);
      loss = value;
      names.forEach((name, index) => {
        gradients[gradientOutput(name)] = grads[index] as Tensor;
      });
    } else {
      loss = forward(...weights);
    }
    const named = Object.entries(metrics).map(([name, value]) => [metricOutput(name), value] as const);
    return { loss, ...Object.fromEntries(named), ...(logProbabilities ? { logProbabilities } : {}), ...gradients };
  };
  return {
    program,
    inputs: {
      ...parameterSpecs(options.parameters),
      ...sequenceSpecs(options.shape),
      ...uniqueSpecs(options.shape, options.uniqueIds),
      ...lossSpecs(options.shape, options.loss),
    },
  };
};
