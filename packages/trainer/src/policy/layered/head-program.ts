/** Programs of the output head over chunks of tokens, so that the scores of a whole batch never exist at once. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { Dimension, Specs, Tensors, TensorSpec } from "../../engine/engine.js";
import type { ModelConfig } from "../../model/config.js";
import { weightOf } from "../../model/linear.js";
import { lossOf, lossSpecs, metricOutput, type CallLoss, type LossShape } from "../loss-program.js";
import type { LossSpec } from "../loss-spec.js";
import { cheapEntropies, headEntropies, headGradient, headScores, type HeadWeights } from "./head.js";
import type { LayerProgram } from "./layer-program.js";

const float = (...shape: Dimension[]): TensorSpec => ({ shape, dtype: "float32" });

/** How many tokens a chunk has: one program serves all numbers. */
const TOKENS = "tokens";

const weightsOf = (inputs: Tensors): HeadWeights => ({
  norm: weightOf(inputs, "norm"),
  head: weightOf(inputs, "head"),
});

const tokenSpecs = (config: ModelConfig): Specs => ({
  hidden: float(TOKENS, config.hiddenSize),
  targets: { shape: [TOKENS], dtype: "int32" },
  norm: float(config.hiddenSize),
  head: float(config.vocabularySize, config.hiddenSize),
});

/** True where gradients flow into entropies. */
export const trainsEntropy = (loss: LossSpec): boolean => loss.kind === "grpo" && loss.options.entropyBonus;

/** What scores are divided by before the softmax. */
export const temperatureOf = (loss: LossSpec): number => (loss.kind === "grpo" ? loss.temperature : 1);

/** `logProbabilities` and with `entropies` those too, each [tokens]. */
export const headForward = (config: ModelConfig, temperature: number, entropies: boolean): LayerProgram => ({
  program: (inputs) => {
    const scores = headScores(
      config,
      weightsOf(inputs),
      weightOf(inputs, "hidden"),
      weightOf(inputs, "targets"),
      temperature,
    );
    const flat = (x: Tensor) => tf.reshape(x, [-1]);
    return {
      logProbabilities: flat(scores.logProbabilities),
      ...(entropies ? { entropies: flat(headEntropies(scores)) } : {}),
    };
  },
  inputs: tokenSpecs(config),
});

/** Which of the head's gradients are wanted. */
export interface HeadWants {
  readonly hidden: boolean;
  readonly norm: boolean;
  readonly head: boolean;
}

const wanted = (gradient: ReturnType<typeof headGradient>, wants: HeadWants): Record<string, Tensor> => ({
  ...(wants.hidden ? { dHidden: gradient.hidden } : {}),
  ...(wants.norm ? { dNorm: gradient.norm } : {}),
  ...(wants.head ? { targetRows: gradient.targetRows, dHead: gradient.head } : {}),
});

/** From the gradients `dLog` and `dEntropy` [tokens] to `dHidden`, `dNorm`, `dHead` and `targetRows`. */
export const headBackward = (config: ModelConfig, loss: LossSpec, wants: HeadWants): LayerProgram => ({
  program: (inputs) => {
    const [hidden, targets] = [weightOf(inputs, "hidden"), weightOf(inputs, "targets")];
    const temperature = temperatureOf(loss);
    const scores = headScores(config, weightsOf(inputs), hidden, targets, temperature);
    const column = (name: string) => tf.reshape(weightOf(inputs, name), [-1, 1]);
    const slopes = {
      dLog: column("dLog"),
      ...(trainsEntropy(loss) ? { dEntropy: column("dEntropy"), entropies: headEntropies(scores) } : {}),
    };
    return wanted(headGradient(config, weightsOf(inputs), hidden, targets, scores, slopes, temperature), wants);
  },
  inputs: {
    ...tokenSpecs(config),
    dLog: float(TOKENS),
    ...(trainsEntropy(loss) ? { dEntropy: float(TOKENS) } : {}),
  },
});

/**
 * The loss of [rows, completionTokens] log-probabilities and entropies: `loss`, `metric:<name>` and, with `gradients`,
 * `dLog` and (where the loss reads entropies) `dEntropy`.
 */
export const lossProgram = (shape: LossShape, loss: CallLoss, gradients: boolean): LayerProgram => {
  const perToken = float(shape.rows, shape.completionTokens);
  return {
    program: (inputs) => {
      const { value, metrics, dLog, dEntropy } = lossAndSlopes(
        weightOf(inputs, "logProbabilities"),
        weightOf(inputs, "entropies"),
        inputs,
        loss,
        gradients,
      );
      const named = Object.entries(metrics).map(([name, metric]) => [metricOutput(name), metric] as const);
      return {
        loss: value,
        ...Object.fromEntries(named),
        ...(dLog ? { dLog } : {}),
        ...(dEntropy ? { dEntropy } : {}),
      };
    },
    inputs: { logProbabilities: perToken, entropies: perToken, ...lossSpecs(shape, loss) },
  };
};

/** The loss with its gradients with respect to log-probabilities and, where it reads them, entropies. */
const lossAndSlopes = (
  logProbabilities: Tensor,
  entropies: Tensor,
  inputs: Tensors,
  loss: CallLoss,
  gradients: boolean,
) => {
  let metrics: Readonly<Record<string, Tensor>> = {};
  const compute = (log: Tensor, entropy: Tensor): Tensor => {
    const result = lossOf(log, entropy, inputs, loss);
    // The tape's scope ends before the caller sees the metrics.
    metrics = Object.fromEntries(Object.entries(result.metrics).map(([name, value]) => [name, tf.keep(value)]));
    return result.loss;
  };
  if (!gradients) return { value: compute(logProbabilities, entropies), metrics };
  if (!trainsEntropy(loss.spec)) {
    const { value, grads } = tf.valueAndGrads((log: Tensor) => compute(log, entropies))([logProbabilities]);
    return { value, metrics, dLog: grads[0] as Tensor };
  }
  const { value, grads } = tf.valueAndGrads(compute)([logProbabilities, entropies]);
  return { value, metrics, dLog: grads[0] as Tensor, dEntropy: grads[1] as Tensor };
};

/**
 * Head, loss and the head's gradient of whole rows at once, where each row's loss is its own given the denominators
 * `rowsInBatch` and `tokensInBatch`: scores are computed once. The head works on packed tokens; the loss on rows, whose
 * slots hold the tokens `tokenOfSlot` [rows, completionTokens], and token i is that of slot `slotOfToken[i]`.
 */
export const headFused = (config: ModelConfig, shape: LossShape, loss: CallLoss, wants: HeadWants): LayerProgram => ({
  program: (inputs) => {
    const [hidden, targets] = [weightOf(inputs, "hidden"), weightOf(inputs, "targets")];
    const temperature = temperatureOf(loss.spec);
    const scores = headScores(config, weightsOf(inputs), hidden, targets, temperature);
    const entropies = trainsEntropy(loss.spec) ? headEntropies(scores) : cheapEntropies(scores);
    const flat = (x: Tensor) => tf.reshape(x, [-1]);
    const inRows = (x: Tensor) => tf.gather(flat(x), weightOf(inputs, "tokenOfSlot"));
    const slopesOf = lossAndSlopes(inRows(scores.logProbabilities), inRows(entropies), inputs, loss, true);
    const { metrics, dLog, dEntropy } = slopesOf;
    // They are kept for programs that return them, which this one does not.
    tf.dispose({ ...metrics });
    const column = (x: Tensor) => tf.reshape(tf.gather(flat(x), weightOf(inputs, "slotOfToken")), [-1, 1]);
    const slopes = {
      dLog: column(dLog as Tensor),
      ...(dEntropy ? { dEntropy: column(dEntropy), entropies } : {}),
    };
    return {
      logProbabilities: flat(scores.logProbabilities),
      entropies: flat(entropies),
      ...wanted(headGradient(config, weightsOf(inputs), hidden, targets, scores, slopes, temperature), wants),
    };
  },
  inputs: {
    ...tokenSpecs(config),
    ...lossSpecs(shape, loss),
    tokenOfSlot: { shape: [shape.rows, shape.completionTokens], dtype: "int32" },
    slotOfToken: { shape: [TOKENS], dtype: "int32" },
    rowsInBatch: float(),
    tokensInBatch: float(),
  },
});
