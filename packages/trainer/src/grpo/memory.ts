/** A GRPO run's sizes, for the estimate of its memory, and the check before the first step. */
import { readPeftConfig } from "../model/lora/peft-config.js";
import { loadModelConfig } from "../model/load.js";
import type { EngineChoice } from "../policy/protocol.js";
import type { PassChoice } from "../policy/training-pass.js";
import { availableMemory, memoryFacts, type AvailableMemory } from "../run/memory-available.js";
import { checkMemory, type MemoryReport } from "../run/memory-check.js";
import { adapterSize, type AdapterSize } from "../run/memory-estimate.js";
import type { ModelConfig } from "../model/config.js";
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
}

/** Checks a run whose longest prompt has so many tokens; null where nothing is known of the engine's memory. */
export type RunMemoryCheck = (promptTokens: number) => MemoryReport | null;

const adapterOf = async (
  { adapter, config }: RunMemoryOptions,
  modelConfig: ModelConfig,
): Promise<AdapterSize | null> => {
  if (adapter === null) return config.lora && adapterSize(modelConfig, config.lora);
  const { rank, targetModules } = await readPeftConfig(adapter);
  // A pattern, or PEFT's own choice: at most all projections.
  return adapterSize(modelConfig, { rank, targetModules: Array.isArray(targetModules) ? targetModules : "all-linear" });
};

/**
 * Reads what is needed of the model's folder. The check may be called before the prompts are known, with one token, so
 * that a model which does not fit is refused before it is loaded.
 * @throws PavlovError from the check, where the run will not fit; see `run/memory-check.ts`.
 */
export const runMemoryCheck = async (
  options: RunMemoryOptions,
  memory: () => AvailableMemory = () => availableMemory(memoryFacts()),
): Promise<RunMemoryCheck> => {
  const { config, plan, engine } = options;
  if (engine.kind !== "onnxruntime") return () => null;
  const { config: modelConfig } = await loadModelConfig(options.model);
  const adapter = await adapterOf(options, modelConfig);
  return (promptTokens) =>
    checkMemory(
      {
        config: modelConfig,
        adapter,
        pass: options.pass,
        reference: config.beta !== 0,
        gradientCheckpointing: config.gradientCheckpointing,
        microBatchSize: plan.microBatchSize,
        gradientAccumulationSteps: plan.gradientAccumulationSteps,
        numGenerations: plan.numGenerations,
        generationRows: plan.generationBatchSize,
        promptTokens,
        maxCompletionLength: config.maxCompletionLength,
      },
      memory(),
    );
};
