// A small model and an adapter beside it, both random, in folders.
import { join } from "node:path";
import type { JsonObject, ModelConfig } from "../config.js";
import { saveModel } from "../load.js";
import type { Parameter } from "../parameters.js";
import { tinyConfigJson, tinyModel } from "../tiny-model.test.fixture.js";
import { initializeAdapter } from "./initialize.js";
import { baseReference } from "./locate.js";
import { peftConfigJson } from "./peft-config.js";
import { saveAdapter } from "./save-adapter.js";
import { resolveTargets } from "./target-modules.js";

export interface TinyAdapter {
  readonly model: string;
  readonly adapter: string;
  readonly config: ModelConfig;
  readonly base: Record<string, Parameter>;
  readonly parameters: Record<string, Parameter>;
}

/** An adapter of rank 2 and alpha 6 (scale 3) whose A and B are both random. */
export async function tinyAdapter(
  folder: string,
  changes: JsonObject = {},
  targetModules: "all-linear" | readonly string[] = "all-linear",
): Promise<TinyAdapter> {
  const { config, parameters: base } = tinyModel(changes);
  const [model, adapter] = [join(folder, "base"), join(folder, "adapter")];
  await saveModel(model, { parameters: base, configJson: tinyConfigJson(changes) });
  const settings = { rank: 2, alpha: 6, useRslora: false, initLoraWeights: true as const };
  const projections = resolveTargets(config, targetModules);
  const parameters = initializeAdapter(config, projections, { ...settings, seed: 5 });
  for (const [name, { data }] of Object.entries(parameters)) {
    if (name.includes("lora_B")) data.forEach((_, index) => (data[index] = 0.2 * Math.sin(index + name.length)));
  }
  const configJson = peftConfigJson({ ...settings, targetModules: projections, ...baseReference(model) });
  await saveAdapter(adapter, { parameters, configJson, tokenizer: model, source: null });
  return { model, adapter, config, base, parameters };
}
