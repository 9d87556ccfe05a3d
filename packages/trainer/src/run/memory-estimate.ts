/**
 * How much memory a run will need at its peak, by parts, before its first step. Within a quarter of what was
 * measured (resident memory of both processes at its peak, ONNX Runtime on the CPU); see the table in the README.
 */
import type { ModelConfig } from "../model/config.js";
import type { NewLora } from "../model/lora/settings.js";
import { adapterShapes, projectionShapes, resolveTargets, type ProjectionShape } from "../model/lora/target-modules.js";
import { elementCount, parameterCount } from "../model/parameters.js";
import { layersRunOneByOne } from "../policy/pass-choice.js";
import type { PassChoice } from "../policy/training-pass.js";
import { layeredMemory, wholeMemory } from "./memory-activations.js";
import { rolloutMemory, type SampledCompletions } from "./memory-rollout.js";

/** Sizes of a LoRA adapter, in numbers. */
export interface AdapterSize {
  readonly parameters: number;
  /** In the base's projections that it adapts. */
  readonly adapted: number;
}

/** What decides how much memory a run needs. */
export interface MemorySetup {
  readonly config: ModelConfig;
  /** Null where all weights are trained. */
  readonly adapter: AdapterSize | null;
  /** True where KL is measured against a reference (beta is not 0). */
  readonly reference: boolean;
  readonly gradientCheckpointing: boolean;
  /** What computes forward and backward passes. */
  readonly pass: PassChoice;
  /** Rows of a forward and backward pass. */
  readonly microBatchSize: number;
  readonly gradientAccumulationSteps: number;
  /** Of the longest prompt. */
  readonly promptTokens: number;
  readonly maxCompletionLength: number;
  /** What is sampled; null where completions are given. */
  readonly sampled: SampledCompletions | null;
}

/** Bytes of each part. They are added: ONNX Runtime gives back little of what it once held. */
export interface MemoryParts {
  readonly weights: number;
  /** The frozen copy that KL is measured against. */
  readonly reference: number;
  readonly adapter: number;
  readonly gradients: number;
  /** Of AdamW: two for each trained weight. */
  readonly moments: number;
  readonly activations: number;
  readonly scores: number;
  /** Keys and values of the completions that are generated, and copies of weights that sampling reads. */
  readonly rollout: number;
  /** Node.js twice, ONNX Runtime, compiled programs, the dataset. */
  readonly overhead: number;
}

const FLOAT = 4;

/** One process with a tokenizer, the dataset and the rewards, and another with ONNX Runtime and its programs. */
const OVERHEAD = 205 * 2 ** 20;

const sumOf = (shapes: Iterable<readonly number[]>): number => {
  let sum = 0;
  for (const shape of shapes) sum += elementCount(shape);
  return sum;
};

/** The size of an adapter beside some projections. */
export const adapterSize = (
  config: ModelConfig,
  { targetModules, rank }: { readonly targetModules: NewLora["targetModules"]; readonly rank: number },
): AdapterSize => {
  const projections = resolveTargets(config, targetModules);
  const shapes = projectionShapes(config);
  return {
    parameters: sumOf(Object.values(adapterShapes(config, projections, rank))),
    adapted: sumOf(projections.map((name) => shapes[name] as ProjectionShape)),
  };
};

/** Bytes by parts. */
export const estimateMemory = (setup: MemorySetup): MemoryParts => {
  const { config } = setup;
  const weights = parameterCount(config);
  const adapter = setup.adapter?.parameters ?? 0;
  const trained = setup.adapter ? adapter : weights;
  const layered = layersRunOneByOne(setup.pass, weights + adapter, setup.gradientCheckpointing);
  const rows = setup.microBatchSize;
  const shape = {
    rows,
    // A generation batch is shuffled before it is split: a micro-batch may have a row of every prompt.
    prompts: Math.min(rows, setup.sampled?.prompts ?? rows),
    promptTokens: setup.promptTokens,
    completionTokens: setup.maxCompletionLength,
  };
  const pass = layered
    ? layeredMemory(config, shape, { checkpointing: setup.gradientCheckpointing })
    : wholeMemory(config, shape);
  // What a program returns is copied once: the largest gradient in the layered pass, otherwise all of them.
  const copied = setup.adapter ? adapter : layered ? config.vocabularySize * config.hiddenSize : trained;
  const gradients = FLOAT * (trained + copied);
  return {
    weights: FLOAT * weights,
    reference: setup.reference && !setup.adapter ? FLOAT * weights : 0,
    adapter: FLOAT * adapter,
    gradients,
    moments: 2 * FLOAT * trained,
    ...pass,
    rollout: setup.sampled
      ? FLOAT * (setup.adapter?.adapted ?? 0) + rolloutMemory(config, setup.sampled, setup, gradients)
      : 0,
    overhead: OVERHEAD,
  };
};

/** All parts together, in bytes. */
export const totalOf = (parts: MemoryParts): number => Object.values(parts).reduce((sum, bytes) => sum + bytes, 0);
