/**
 * The output head on some tokens: log-probabilities and entropies, and the gradient from theirs to the hidden states
 * and the head's weights, written out. With p = softmax(logits) the gradient of log p[target] is onehot - p; the onehot
 * part needs no product over the vocabulary: it adds rows up by id, outside of the program.
 */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { finalNorm } from "../../model/decoder.js";
import type { ModelConfig } from "../../model/config.js";

/** The head's weights among a program's inputs. */
export interface HeadWeights {
  /** [hiddenSize] */
  readonly norm: Tensor;
  /** [vocabulary, hiddenSize] */
  readonly head: Tensor;
}

/** What the head says of `count` tokens. */
export interface HeadScores {
  /** Normalised hidden states over the temperature, [count, hiddenSize]. */
  readonly scaled: Tensor;
  /** [count, vocabulary] */
  readonly logits: Tensor;
  /** [count, vocabulary] */
  readonly probabilities: Tensor;
  /** Largest logit, [count, 1]. */
  readonly largest: Tensor;
  /** Logarithm of the sum of exponentials over that of the largest, [count, 1]. */
  readonly excess: Tensor;
  /** Of the targets, natural logarithm. [count, 1] */
  readonly logProbabilities: Tensor;
  /** The head's rows weighted by the probabilities, [count, hiddenSize]; the gradient needs it. */
  readonly weighted: Tensor;
}

/** Scores of `hidden` [count, hiddenSize], the last layer's output, for `targets` int32 [count]. */
export const headScores = (
  config: ModelConfig,
  { norm, head }: HeadWeights,
  hidden: Tensor,
  targets: Tensor,
  temperature: number,
): HeadScores => {
  const [count, vocabulary] = [hidden.shape[0] as number, head.shape[0] as number];
  const normed = finalNorm(config, { "model.norm.weight": norm }, hidden);
  const scaled = temperature === 1 ? normed : tf.div(normed, temperature);
  const logits = tf.matMul(scaled, head, false, true);
  const probabilities = tf.softmax(logits, -1);
  const largest = tf.max(logits, -1, true);
  // The largest probability is 1 / sum(exp(logit - largest)) and never underflows.
  const excess = tf.neg(tf.log(tf.max(probabilities, -1, true)));
  const starts = tf.mul(tf.range(0, count, 1, "int32"), tf.scalar(vocabulary, "int32"));
  const chosen = tf.gather(tf.reshape(logits, [-1]), tf.add(starts, targets) as tf.Tensor1D);
  const logProbabilities = tf.sub(tf.sub(tf.reshape(chosen, [count, 1]), largest), excess);
  const weighted = tf.matMul(probabilities, head);
  return { scaled, logits, probabilities, largest, excess, logProbabilities, weighted };
};

/** Entropies in nats, [count, 1]. */
export const headEntropies = ({ probabilities, logits, largest, excess }: HeadScores): Tensor =>
  tf.sub(excess, tf.sum(tf.mul(probabilities, tf.sub(logits, largest)), -1, true));

/**
 * The same from what the gradient needs anyway, without three passes over the scores: the mean logit under p is the
 * hidden state's product with the mean of the head's rows. For a metric: it rounds like a logit.
 */
export const cheapEntropies = ({ scaled, weighted, largest, excess }: HeadScores): Tensor =>
  tf.sub(tf.add(excess, largest), tf.sum(tf.mul(scaled, weighted), -1, true));

/** The gradient of the head. */
export interface HeadGradient {
  /** With respect to the last layer's output, [count, hiddenSize]. */
  readonly hidden: Tensor;
  /** With respect to the final norm's weight, [hiddenSize]. */
  readonly norm: Tensor;
  /** With respect to the head's weight but for `targetRows`, [vocabulary, hiddenSize]. */
  readonly head: Tensor;
  /** What each token adds to its target's row of the head's gradient, [count, hiddenSize]. */
  readonly targetRows: Tensor;
}

/**
 * The gradient from `dLog`, that of the log-probabilities [count, 1], and where the loss reads entropies from theirs,
 * `dEntropy` with `entropies`, [count, 1] each: d entropy / d logits = -p (log p + entropy).
 */
export const headGradient = (
  config: ModelConfig,
  { norm, head }: HeadWeights,
  hidden: Tensor,
  targets: Tensor,
  scores: HeadScores,
  { dLog, dEntropy, entropies }: { readonly dLog: Tensor; readonly dEntropy?: Tensor; readonly entropies?: Tensor },
  temperature: number,
): HeadGradient => {
  const { scaled, logits, probabilities, largest, excess, weighted } = scores;
  const targetRows = tf.mul(scaled, dLog);
  const ofTargets = tf.mul(tf.gather(head, tf.cast(targets, "int32") as tf.Tensor1D), dLog);
  let [ofAll, headRows]: [Tensor, Tensor] = [
    tf.mul(weighted, dLog),
    tf.matMul(probabilities, tf.neg(targetRows), true),
  ];
  if (dEntropy && entropies) {
    const logP = tf.sub(tf.sub(logits, largest), excess);
    const slope = tf.mul(probabilities, tf.add(dLog, tf.mul(dEntropy, tf.add(logP, entropies))));
    [ofAll, headRows] = [tf.matMul(slope, head), tf.matMul(slope, tf.neg(scaled), true)];
  }
  const dScaled = tf.sub(ofTargets, ofAll);
  const dNormed = temperature === 1 ? dScaled : tf.div(dScaled, temperature);
  const normOf = (x: Tensor, weight: Tensor) => finalNorm(config, { "model.norm.weight": weight }, x);
  const [dHidden, dNorm] = tf.grads(normOf)([hidden, norm], dNormed) as [Tensor, Tensor];
  return { hidden: dHidden, norm: dNorm, head: headRows, targetRows };
};
