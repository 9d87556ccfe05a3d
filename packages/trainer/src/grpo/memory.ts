/** A GRPO run's sizes, for the estimate of its memory, and the check before the first step. */
import type { EngineChoice } from "../device/open-engine.js";
import { isInKnownMemory } from "../device/resolve-engine.js";
import type { PassChoice } from "../policy/training-pass.js";
import { availableMemory, memoryFacts, type AvailableMemory } from "../run/memory-available.js";
import { checkMemory, type MemoryReport } from "../run/memory-check.js";
import type { MemorySetup } from "../run/memory-estimate.js";
import { readModelSizes } from "../run/model-sizes.js";
import type { BatchPlan } from "./batch-arithmetic.js";
import type { GRPOConfig } from "./config.js";

export interface RunMemoryOptions {
  /** The base model's folder. */
  readonly model: string;
  /** The folder of an adapter that is trained on. */
  readonly adapter: string | null;
  readonly engine: EngineChoice;
  readonly config: GRPOConfig;
  readonly plan: BatchPlan;
  readonly pass: PassChoice;
  /** True where held-out rows are evaluated in between. */
  readonly evaluates: boolean;
}

/** What is known of a run's memory before its first step. */
export interface RunMemory {
  /**
   * Checks a run whose longest prompt has so many tokens; null where nothing is known of the engine's memory.
   * @param held Bytes that the policy's process holds already, of what the run needs. Default: 0.
   * @throws PavlovError where the run will not fit; see `run/memory-check.ts`.
   */
  check(promptTokens: number, held?: number): MemoryReport | null;
  /** Most completions that an evaluation should generate at the same time. Nothing but options decides it. */
  evaluationRows(promptTokens: number): number;
}

/** Keys and values that an evaluation may hold where training needs less. */
const EVALUATION_CACHE = 256 * 2 ** 20;

/** More rows than this are hardly faster. */
const MOST_EVALUATION_ROWS = 64;

/**
 * Reads what is needed of the model's folder. The check may be called before the prompts are known, with one token, so
 * that a model which does not fit is refused before it is loaded.
 */
export const runMemory = async (
  options: RunMemoryOptions,
  available: (held: number) => AvailableMemory = (held) => availableMemory(memoryFacts(held)),
): Promise<RunMemory> => {
  const { config, plan, engine, pass, evaluates } = options;
  const { config: modelConfig, adapter } = await readModelSizes({ ...options, lora: config.lora });

  const evaluationRows = (promptTokens: number): number => {
    const tokens = promptTokens + config.maxCompletionLength;
    const bytesPerRow = 8 * modelConfig.layers * modelConfig.keyValueHeads * modelConfig.headDimension * tokens;
    const rows = Math.min(MOST_EVALUATION_ROWS, Math.floor(EVALUATION_CACHE / bytesPerRow));
    return Math.max(rows, plan.generationBatchSize, config.perDeviceEvalBatchSize);
  };

  const setupOf = (promptTokens: number): MemorySetup => ({
    config: modelConfig,
    adapter,
    pass,
    reference: config.beta !== 0,
    gradientCheckpointing: config.gradientCheckpointing,
    microBatchSize: plan.microBatchSize,
    gradientAccumulationSteps: plan.gradientAccumulationSteps,
    promptTokens,
    maxCompletionLength: config.maxCompletionLength,
    sampled: {
      rows: plan.generationBatchSize,
      prompts: plan.promptsPerGeneration,
      evaluationRows: evaluates ? evaluationRows(promptTokens) : 0,
      rollout: config.rollout,
    },
  });

  return {
    check: (promptTokens, held = 0) =>
      isInKnownMemory(engine) ? checkMemory(setupOf(promptTokens), available(held)) : null,
    evaluationRows,
  };
};
