// Draws tokens by inverse cumulative distribution from one uniform number a row, in the graph where only the
// temperature shapes the distribution, and here, on fetched logits, where filters do (see filters.ts).
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { PavlovError } from "@pavlov/core";
import { filterScores, penaliseRepetition } from "./filters.js";

/** How the next token is chosen. Names and meaning are those of transformers' GenerationConfig. */
export interface SamplingOptions {
  /** Divides the logits. 0 takes the most likely token. Default 1. */
  readonly temperature?: number;
  /** Keeps the k most likely tokens, and those as likely as the k-th. 0 keeps all. Default 0. */
  readonly topK?: number;
  /** Keeps the most likely tokens that together reach this probability. Default 1, all. */
  readonly topP?: number;
  /** Keeps tokens at least this fraction as likely as the most likely one. Default 0, all. */
  readonly minP?: number;
  /** Divides positive and multiplies negative logits of tokens that occur in the prompt or so far. Default 1. */
  readonly repetitionPenalty?: number;
}

/** Sampling options with every default filled in. */
export type ResolvedSampling = Required<SamplingOptions>;

/** Fills in the defaults. Throws a PavlovError for a value outside of its range. */
export function resolveSampling(options: SamplingOptions): ResolvedSampling {
  const { temperature = 1, topK = 0, topP = 1, minP = 0, repetitionPenalty = 1 } = options;
  const check = (name: string, value: number, valid: boolean, range: string) => {
    if (!valid) throw new PavlovError(`${name} is ${value}; it must be ${range}.`);
  };
  check("temperature", temperature, temperature >= 0 && temperature < Infinity, "0 (greedy) or more");
  check("topK", topK, Number.isInteger(topK) && topK >= 0, "a whole number, 0 for all tokens");
  check("topP", topP, topP > 0 && topP <= 1, "more than 0 and at most 1");
  check("minP", minP, minP >= 0 && minP <= 1, "between 0 and 1");
  check("repetitionPenalty", repetitionPenalty, repetitionPenalty > 0 && repetitionPenalty < Infinity, "more than 0");
  return { temperature, topK, topP, minP, repetitionPenalty };
}

/** Where tokens are chosen: `greedy` and `sample` in the graph, `filter` here on fetched logits. */
export type SamplingMode = "greedy" | "sample" | "filter";

/** Where tokens are chosen with these options. */
export function samplingMode(sampling: ResolvedSampling): SamplingMode {
  const { temperature, topK, topP, minP, repetitionPenalty } = sampling;
  if (repetitionPenalty !== 1) return "filter";
  if (temperature === 0) return "greedy";
  return topK > 0 || topP < 1 || minP > 0 ? "filter" : "sample";
}

/** The chosen token of each row, int32 [rows], and its log-probability, float32 [rows]. */
export interface ChosenTokens {
  readonly tokens: Tensor;
  readonly logProbabilities: Tensor;
}

/**
 * Chooses tokens in the graph. `logits` [rows, vocabulary]; `temperature` float32 [1], not 0; `uniform` float32 [rows],
 * or null for the most likely token.
 *
 * A sample is the smallest index whose cumulative probability exceeds `uniform * total`, strictly; as cumulative sums
 * do not fall, that is the number of those that do not exceed it. A token of probability 0 adds nothing to the sum and
 * is never drawn.
 */
export function chooseInGraph(logits: Tensor, temperature: Tensor, uniform: Tensor | null): ChosenTokens {
  const vocabulary = logits.shape[1] as number;
  const scaled = tf.div(logits, temperature);
  const shifted = tf.sub(scaled, tf.max(scaled, -1, true));
  const weights = tf.exp(shifted);
  // TensorFlow.js counts the axis of a cumulative sum from the front only.
  const cumulative = tf.cumsum(weights, 1);
  const [, total] = tf.split(cumulative, [vocabulary - 1, 1], -1) as [Tensor, Tensor];
  const tokens = uniform === null ? tf.argMax(logits, -1) : sampleIndices(cumulative, total, uniform);
  const chosen = tf.sum(tf.mul(tf.oneHot(tokens, vocabulary), shifted), -1);
  return { tokens, logProbabilities: tf.sub(chosen, tf.log(tf.reshape(total, [-1]))) };
}

function sampleIndices(cumulative: Tensor, total: Tensor, uniform: Tensor): Tensor {
  const threshold = tf.mul(tf.reshape(uniform, [-1, 1]), total);
  return tf.cast(tf.sum(tf.cast(tf.lessEqual(cumulative, threshold), "float32"), -1), "int32");
}

/** One row's choice. */
export interface ChosenToken {
  readonly token: number;
  /** Natural logarithm, from the temperature-scaled distribution before any filter. */
  readonly logProbability: number;
}

/**
 * Chooses a token from one row of logits with transformers' order: repetition penalty, temperature, top-k, top-p,
 * min-p. `logits` is changed. `seen` are the tokens of the prompt and of the completion so far; `forbidden` ones are
 * never drawn.
 *
 * The log-probability is of the temperature-scaled logits before penalty and filters: what the training forward
 * computes, and what TRL compares its old log-probabilities with.
 */
export function chooseFiltered(
  logits: Float32Array,
  sampling: ResolvedSampling,
  seen: Iterable<number>,
  uniform: number,
  forbidden: Iterable<number> = [],
): ChosenToken {
  const greedy = sampling.temperature === 0;
  const temperature = greedy ? 1 : sampling.temperature;
  const logTotal = logSumExp(logits, temperature);
  const original = logits.slice();
  penaliseRepetition(logits, seen, sampling.repetitionPenalty);
  for (const token of forbidden) logits[token] = -Infinity;
  if (!greedy) {
    for (let index = 0; index < logits.length; index++) logits[index] = (logits[index] as number) / temperature;
    filterScores(logits, sampling);
  }
  const token = greedy ? argMax(logits) : inverseCumulative(logits, uniform);
  return { token, logProbability: (original[token] as number) / temperature - logTotal };
}

/**
 * The smallest index whose cumulative weight exp(score) exceeds `uniform` times the total; -Infinity is never drawn.
 */
export function inverseCumulative(scores: Float32Array, uniform: number): number {
  const largest = scores[argMax(scores)] as number;
  let total = 0;
  for (const score of scores) total += Math.exp(score - largest);
  const threshold = uniform * total;
  let cumulative = 0;
  for (let index = 0; index < scores.length; index++) {
    cumulative += Math.exp((scores[index] as number) - largest);
    if (cumulative > threshold) return index;
  }
  throw new Error("No token has a probability: the logits are not finite.");
}

/** The first of the largest values. */
function argMax(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) {
    if ((values[index] as number) > (values[best] as number)) best = index;
  }
  return best;
}

function logSumExp(logits: Float32Array, temperature: number): number {
  const largest = logits[argMax(logits)] as number;
  let total = 0;
  for (const logit of logits) total += Math.exp((logit - largest) / temperature);
  return largest / temperature + Math.log(total);
}
