// Log-probabilities of given tokens and the entropy of the distribution, as TRL's `_get_per_token_logps_and_entropies`:
// logits are divided by the temperature before the log-softmax, and only completion positions are computed.
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { Tensors } from "../engine/engine.js";
import type { ModelConfig } from "./config.js";
import type { SequenceInputs } from "./decoder.js";
import { decoderHidden, finalNorm, vocabularyLogits } from "./decoder.js";

/** Fixed parts of a program that computes log-probabilities. */
export interface LogProbabilityOptions {
  /** Completion tokens C: the last C columns of `ids`. */
  readonly completionTokens: number;
  readonly temperature: number;
  /** Whether a gradient may flow through the entropies. Default false: they are a metric and cost no gradient. */
  readonly differentiableEntropy?: boolean;
}

/** One value for each completion token. */
export interface CompletionLogProbabilities {
  /** Natural logarithm, [rows, C]. */
  readonly logProbabilities: Tensor;
  /** Nats, [rows, C]. */
  readonly entropies: Tensor;
}

/**
 * Log-probabilities of the last C tokens of each row, given all tokens before them, and the entropies of the
 * distributions that they were drawn from. Column P-1+c of the hidden states predicts completion token c: the last
 * column predicts nothing and is not computed, and the vocabulary's scores exist for rows * C positions only. Values at
 * padding are finite and mean nothing.
 */
export function completionLogProbabilities(
  config: ModelConfig,
  parameters: Tensors,
  inputs: SequenceInputs,
  options: LogProbabilityOptions,
): CompletionLogProbabilities {
  const [rows, tokens] = inputs.ids.shape as [number, number];
  const completion = options.completionTokens;
  const hidden = decoderHidden(config, parameters, inputs, completion);
  const logits = vocabularyLogits(config, parameters, finalNorm(config, parameters, hidden));
  const scaled = options.temperature === 1 ? logits : tf.div(logits, options.temperature);
  const targets = tf.reshape(tf.slice(inputs.ids, [0, tokens - completion], [rows, completion]), [-1]);
  const { logProbabilities, entropies } = selectiveLogSoftmax(scaled, targets, options.differentiableEntropy ?? false);
  const shape = [rows, completion];
  return { logProbabilities: tf.reshape(logProbabilities, shape), entropies: tf.reshape(entropies, shape) };
}

/**
 * The log-softmax of `logits` [count, vocabulary] at `targets` int32 [count], and the entropy of each row, both
 * [count], with one written-out gradient: d logits = dy·(onehot − p), and −dh·p·(log p + H) for the entropy. `count` is
 * a fixed size.
 */
export function selectiveLogSoftmax(
  logits: Tensor,
  targets: Tensor,
  differentiableEntropy: boolean,
): { logProbabilities: Tensor; entropies: Tensor } {
  const [count, vocabulary] = logits.shape as [number, number];
  const both = tf.customGrad((...args: unknown[]) => {
    const [scores, save] = args as [Tensor, (tensors: Tensor[]) => void];
    const shifted = tf.sub(scores, tf.max(scores, -1, true));
    const exponentials = tf.exp(shifted);
    const total = tf.sum(exponentials, -1, true);
    const logTotal = tf.log(total);
    const probabilities = tf.div(exponentials, total);
    const entropies = tf.sub(logTotal, tf.sum(tf.mul(probabilities, shifted), -1, true));
    const chosen = tf.gather(tf.reshape(shifted, [-1]), flatIndices(targets, count, vocabulary));
    const logProbabilities = tf.sub(tf.reshape(chosen, [count, 1]), logTotal);
    save(
      differentiableEntropy ? [targets, probabilities, tf.sub(shifted, logTotal), entropies] : [targets, probabilities],
    );
    return {
      value: tf.concat([logProbabilities, entropies], 1),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [ids, p, logP, entropy] = saved as [Tensor, Tensor, Tensor?, Tensor?];
        const [dLog, dEntropy] = tf.split(dy, 2, 1) as [Tensor, Tensor];
        const fromLog = tf.mul(dLog, tf.sub(tf.oneHot(tf.cast(ids, "int32"), vocabulary), p));
        if (logP === undefined || entropy === undefined) return fromLog;
        return tf.sub(fromLog, tf.mul(dEntropy, tf.mul(p, tf.add(logP, entropy))));
      },
    };
  })(logits);
  const [logProbabilities, entropies] = tf.split(both, 2, 1) as [Tensor, Tensor];
  return { logProbabilities: tf.reshape(logProbabilities, [count]), entropies: tf.reshape(entropies, [count]) };
}

/** Where each row's target lies in the flattened scores. */
function flatIndices(targets: Tensor, count: number, vocabulary: number): tf.Tensor1D {
  const starts = Int32Array.from({ length: count }, (_, row) => row * vocabulary);
  return tf.add(tf.tensor1d(starts, "int32"), targets) as tf.Tensor1D;
}
