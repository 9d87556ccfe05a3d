/** A supervised run's sizes, for the estimate of its memory, and the check before the first step. */
import type { EngineChoice } from "../device/open-engine.js";
import { isInKnownMemory } from "../device/resolve-engine.js";
import type { TokenRow } from "../policy/protocol.js";
import { availableMemory, memoryFacts, type AvailableMemory } from "../run/memory-available.js";
import { checkMemory, type MemoryReport } from "../run/memory-check.js";
import { readModelSizes, type SizedModel } from "../run/model-sizes.js";
import type { SFTConfig } from "./config.js";

export interface SFTMemoryOptions extends Omit<SizedModel, "lora"> {
  readonly engine: EngineChoice;
  readonly config: SFTConfig;
}

/**
 * Reads what is needed of the model's folder. What it returns checks a run on some rows, and gives null where nothing
 * is known of the engine's memory; without rows it refuses a model that does not fit before that is loaded. `held` are
 * the bytes that the policy's process holds already, of what the run needs.
 * @throws PavlovError where the run will not fit; see `run/memory-check.ts`.
 */
export const sftMemory = async (
  { model, adapter, engine, config }: SFTMemoryOptions,
  available: (held: number) => AvailableMemory = (held) => availableMemory(memoryFacts(held)),
): Promise<(rows: readonly TokenRow[], held?: number) => MemoryReport | null> => {
  const sizes = await readModelSizes({ model, adapter, lora: config.lora });
  const longest = (lengths: readonly number[]): number => lengths.reduce((most, length) => Math.max(most, length), 1);
  return (rows, held = 0) => {
    if (!isInKnownMemory(engine)) return null;
    const setup = {
      ...sizes,
      pass: "auto",
      reference: false,
      gradientCheckpointing: config.gradientCheckpointing,
      microBatchSize: rows.length === 0 ? 1 : Math.min(rows.length, config.perDeviceTrainBatchSize),
      gradientAccumulationSteps: config.gradientAccumulationSteps,
      promptTokens: longest(rows.map(({ promptIds }) => promptIds.length)),
      maxCompletionLength: longest(rows.map(({ completionIds }) => completionIds.length)),
      sampled: null,
    } as const;
    return checkMemory(setup, available(held));
  };
};
