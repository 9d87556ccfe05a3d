/**
 * Bytes that sampling holds beside the weights that training has: keys and values, and copies of the weights. Formulas
 * of what `rollout/` keeps; the factors for what the allocators do not give back are measured.
 */
import type { ModelConfig } from "../model/config.js";
import { parameterCount } from "../model/parameters.js";
import { decodeKind, type RolloutOptions } from "../rollout/decode-kind.js";
import type { DecodeKind } from "../rollout/programs.js";

/** The completions that a run samples. */
export interface SampledCompletions {
  /** Completions that are generated at once. */
  readonly rows: number;
  /** Distinct prompts among them. */
  readonly prompts: number;
  /** Completions that an evaluation generates at once, in float32 whatever `rollout` says; 0 without evaluations. */
  readonly evaluationRows: number;
  /** How completions are sampled for training. Default: float32. */
  readonly rollout?: RolloutOptions;
}

/** The longest prompt and completion. */
interface SampledLengths {
  readonly promptTokens: number;
  readonly maxCompletionLength: number;
}

const FLOAT = 4;

/** Completions that are generated at the same time at most (`rollout/generate.ts`). */
const MOST_ROWS = 256;

/** Prompt tokens that are read at once, unless one prompt alone has more (`rollout/prefills.ts`). */
const PREFILL_TOKENS = 4096;

/** A cache is copied each time it grows, and the collector frees old ones a little later. */
const CACHE_COPIES = 3;

/** Tensors of the size of a prefill's attention scores at a time. */
const ATTENTION_TENSORS = 3;

/**
 * Bytes for each weight of copies: of float32 the stacked weights, the program's and the products' packed order, of
 * which some are freed before the others are made; of 8 bits the quantised weights with their scales, the program's and
 * the products' packed order of them.
 */
const COPIED: Readonly<Record<DecodeKind, number>> = { plain: 0, streamed: 0, packed: 6.5, int8: 3.5 };

/**
 * Copies are given back before training, and gradients after each step, so that either takes the other's memory: the
 * share of the smaller of the two that is not needed twice. Measured; pieces of one size do not all fit where those of
 * another were, and an adapter's small gradients take none of it.
 */
const REUSED = 0.7;

/** Keys and values, the prompts' activations and the scores of the next token. */
const batchBytes = (
  config: ModelConfig,
  { rows, prompts }: { readonly rows: number; readonly prompts: number },
  { promptTokens, maxCompletionLength }: SampledLengths,
): number => {
  const together = Math.min(MOST_ROWS, rows);
  const tokens = promptTokens + maxCompletionLength;
  const perToken = 2 * config.layers * config.keyValueHeads * config.headDimension;
  const read = Math.min(prompts * promptTokens, Math.max(PREFILL_TOKENS, promptTokens));
  const layer = 8 * config.hiddenSize + 3 * config.intermediateSize;
  const attention = ATTENTION_TENSORS * config.attentionHeads * promptTokens;
  const prefill = read * (perToken + layer + attention);
  return FLOAT * (CACHE_COPIES * perToken * together * tokens + prefill + 4 * together * config.vocabularySize);
};

/**
 * Bytes that sampling for training, or evaluating where that needs more, holds at its peak.
 * @param gradients their bytes, of which a part is what the copies had.
 */
export const rolloutMemory = (
  config: ModelConfig,
  sampled: SampledCompletions,
  lengths: SampledLengths,
  gradients: number,
): number => {
  const weights = parameterCount(config);
  const all = { all: { shape: [weights] } };
  const { maxCompletionLength } = lengths;
  const copies = (rollout: RolloutOptions): number => {
    const copied =
      COPIED[decodeKind({ name: "onnxruntime", inMemory: true }, all, { maxCompletionLength, rollout })] * weights;
    return copied - REUSED * Math.min(copied, gradients);
  };
  const { rows, prompts, evaluationRows, rollout = {} } = sampled;
  const training = copies(rollout) + batchBytes(config, { rows, prompts }, lengths);
  if (evaluationRows === 0) return training;
  // One program with copies at a time; what one gave back the other takes.
  const evaluation = { rows: evaluationRows, prompts: evaluationRows };
  return Math.max(training, copies({}) + batchBytes(config, evaluation, lengths));
};
