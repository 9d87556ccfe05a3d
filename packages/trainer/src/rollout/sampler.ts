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

/** Tokens that some rows may not draw yet. */
export interface ForbiddenTokens {
  /** float32 [vocabulary]: 1 for each such token, 0 elsewhere. */
  readonly tokens: Tensor;
  /** float32 [rows]: 1 where they are forbidden, 0 elsewhere. */
  readonly rows: Tensor;
}

/** Taken from the scores of forbidden tokens. */
const forbiddenScore = 1e9;

/** From this many tokens on, the running sum goes over blocks. */
const largeVocabulary = 8192;

/**
 * Chooses tokens in the graph. `logits` [rows, vocabulary]; `temperature` float32 [1], not 0; `uniform` float32 [rows],
 * or null for the most likely token. Log-probabilities are those of the distribution without forbidden tokens taken
 * out: what the training forward computes.
 *
 * A sample is the smallest index whose cumulative probability exceeds `uniform * total`, strictly; as cumulative sums
 * do not fall, that is the number of those that do not exceed it. A token of probability 0 adds nothing to the sum and
 * is never drawn.
 */
export function chooseInGraph(
  logits: Tensor,
  temperature: Tensor,
  uniform: Tensor | null,
  forbidden: ForbiddenTokens | null = null,
): ChosenTokens {
  const vocabulary = logits.shape[1] as number;
  const scaled = tf.div(logits, temperature);
  if (forbidden !== null || vocabulary >= largeVocabulary) return chooseByBlocks(scaled, uniform, forbidden);
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
  return countNotAbove(cumulative, tf.mul(tf.reshape(uniform, [-1, 1]), total));
}

/** How many of each row's numbers are at most its threshold. `values` [rows, count], `threshold` [rows, 1]. */
function countNotAbove(values: Tensor, threshold: Tensor): Tensor {
  return tf.cast(tf.sum(tf.cast(tf.lessEqual(values, threshold), "float32"), -1), "int32");
}

function chooseByBlocks(scaled: Tensor, uniform: Tensor | null, forbidden: ForbiddenTokens | null): ChosenTokens {
  const column = (x: Tensor) => tf.reshape(x, [-1, 1]);
  const allowed =
    forbidden === null
      ? scaled
      : tf.sub(scaled, tf.mul(column(forbidden.rows), tf.mul(tf.reshape(forbidden.tokens, [1, -1]), forbiddenScore)));
  const tokens = uniform === null ? tf.argMax(allowed, -1) : sampleByBlocks(tf.softmax(allowed, -1), column(uniform));
  const chosen = tf.gather(scaled, column(tokens) as tf.Tensor2D, 1, 1);
  return { tokens, logProbabilities: tf.reshape(tf.sub(chosen, tf.logSumExp(scaled, -1, true)), [-1]) };
}

/** Numbers of a block, about the square root of the vocabulary's size. */
const blockSize = 256;

/**
 * The same draw in two steps: the block in which the cumulative sum passes the threshold, then the place within it.
 * A running sum over the whole vocabulary would take longer than many a layer. `probabilities` [rows, vocabulary],
 * `uniform` [rows, 1].
 */
function sampleByBlocks(probabilities: Tensor, uniform: Tensor): Tensor {
  const vocabulary = probabilities.shape[1] as number;
  const missing = (blockSize - (vocabulary % blockSize)) % blockSize;
  const padded =
    missing === 0
      ? probabilities
      : tf.pad(probabilities, [
          [0, 0],
          [0, missing],
        ]);
  const blocks = tf.reshape(padded, [-1, (vocabulary + missing) / blockSize, blockSize]);
  const count = blocks.shape[1] as number;
  const ends = tf.cumsum(tf.sum(blocks, -1), 1);
  const [, total] = tf.split(ends, [count - 1, 1], -1) as [Tensor, Tensor];
  const threshold = tf.mul(uniform, total);
  const block = tf.reshape(countNotAbove(ends, threshold), [-1, 1]) as tf.Tensor2D;
  const begins = tf.concat([tf.zerosLike(total), ends], -1);
  const before = tf.gather(begins, block, 1, 1);
  const within = tf.cumsum(tf.reshape(tf.gather(blocks, block, 1, 1), [-1, blockSize]), 1);
  const [, sum] = tf.split(within, [blockSize - 1, 1], -1) as [Tensor, Tensor];
  // The two sums of a block may differ in their last bits: the threshold stays below the one that is searched.
  const rest = tf.minimum(tf.sub(threshold, before), tf.mul(sum, 1 - 2 ** -23));
  const place = countNotAbove(within, rest);
  return tf.add(tf.mul(tf.reshape(block, [-1]), tf.scalar(blockSize, "int32")), place);
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
