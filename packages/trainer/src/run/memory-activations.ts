/**
 * Bytes that a training pass holds beside weights and gradients, for the largest micro-batch. Formulas of what the
 * passes keep (`policy/layered/`, `policy/whole-pass.ts`); the factors for what ONNX Runtime allocates are measured.
 */
import type { ModelConfig } from "../model/config.js";
import { paddedLength } from "../policy/batch-layout.js";
import { ATTENTION_BYTES, SCORE_BYTES } from "../policy/layered/budgets.js";

/** The largest micro-batch. */
export interface MicroBatchShape {
  readonly rows: number;
  /** Distinct prompts among the rows. */
  readonly prompts: number;
  /** Of the longest prompt. */
  readonly promptTokens: number;
  /** Most tokens of a completion. */
  readonly completionTokens: number;
}

export interface PassMemory {
  /** What the forward pass keeps for the backward pass, and one layer's intermediate results. */
  readonly activations: number;
  /** Scores over the vocabulary. */
  readonly scores: number;
}

const FLOAT = 4;

/** ONNX Runtime keeps the memory of a program's first run beside that which it plans for later ones. */
const ARENA = 2;

/** The same of the layered pass, whose programs are small: measured. */
const LAYERED_ARENA = 1.5;

/** Scores of a chunk with the intermediate results of softmax and gradient: tensors of that size at a time. */
const SCORE_TENSORS = 3;

/** Floats for each token while one layer runs forward and backward, attention's scores left out. */
const layerFloats = (config: ModelConfig): number =>
  8 * config.hiddenSize + 6 * config.attentionHeads * config.headDimension + 6 * config.intermediateSize;

/** Floats for each token and layer that the forward pass keeps: the layer's input and the projections' results. */
const keptFloats = (config: ModelConfig): number => {
  const { hiddenSize, headDimension, attentionHeads, keyValueHeads, intermediateSize } = config;
  const projections = (attentionHeads + 2 * keyValueHeads) * headDimension + hiddenSize + 2 * intermediateSize;
  return hiddenSize + projections + (config.sandwichNorm ? hiddenSize : 0);
};

/** The pass layer by layer: each distinct prompt once, padding in attention alone, and the head over chunks of tokens. */
export const layeredMemory = (
  config: ModelConfig,
  { rows, prompts, promptTokens, completionTokens }: MicroBatchShape,
  { checkpointing }: { readonly checkpointing: boolean },
): PassMemory => {
  const tokens = rows * completionTokens + prompts * Math.max(0, promptTokens - 1);
  const kept = config.layers * tokens * (checkpointing ? config.hiddenSize : keptFloats(config));
  const own = paddedLength(completionTokens);
  const prefix = paddedLength(promptTokens - 1);
  const most = (floats: number) => Math.min(ATTENTION_BYTES / FLOAT, config.attentionHeads * floats);
  const attention = most(rows * own * (prefix + own)) + most(prompts * prefix * prefix);
  const working = LAYERED_ARENA * (tokens * layerFloats(config) + 4 * attention);
  const chunk = Math.min(SCORE_BYTES, FLOAT * rows * completionTokens * config.vocabularySize);
  return { activations: FLOAT * (kept + working), scores: SCORE_TENSORS * chunk };
};

/** The pass as one program: every layer's intermediate results, and the scores of all completion tokens. */
export const wholeMemory = (
  config: ModelConfig,
  { rows, promptTokens, completionTokens }: MicroBatchShape,
): PassMemory => {
  const own = paddedLength(completionTokens);
  const width = paddedLength(promptTokens) + own;
  const layer = rows * width * layerFloats(config) + 3 * config.attentionHeads * rows * width * width;
  const scores = rows * own * config.vocabularySize;
  return { activations: FLOAT * ARENA * config.layers * layer, scores: FLOAT * ARENA * SCORE_TENSORS * scores };
};
