/** What of a model's and an adapter's folder decides how much memory a run needs. */
import type { ModelConfig } from "../model/config.js";
import { loadModelConfig } from "../model/load.js";
import { readPeftConfig } from "../model/lora/peft-config.js";
import type { NewLora } from "../model/lora/settings.js";
import { adapterSize, type AdapterSize } from "./memory-estimate.js";

export interface ModelSizes {
  readonly config: ModelConfig;
  /** Null where all weights are trained. */
  readonly adapter: AdapterSize | null;
}

/** The model that is trained. */
export interface SizedModel {
  /** The base model's folder. */
  readonly model: string;
  /** The folder of an adapter that is trained on. */
  readonly adapter: string | null;
  /** The new adapter that is trained. */
  readonly lora: Pick<NewLora, "targetModules" | "rank"> | null;
}

/** Reads no weights, so that a model which does not fit is refused before it is loaded. */
export const readModelSizes = async ({ model, adapter, lora }: SizedModel): Promise<ModelSizes> => {
  const { config } = await loadModelConfig(model);
  if (adapter === null) return { config, adapter: lora && adapterSize(config, lora) };
  const { rank, targetModules } = await readPeftConfig(adapter);
  // A pattern, or PEFT's own choice: at most all projections.
  const targets = Array.isArray(targetModules) ? targetModules : "all-linear";
  return { config, adapter: adapterSize(config, { rank, targetModules: targets }) };
};
