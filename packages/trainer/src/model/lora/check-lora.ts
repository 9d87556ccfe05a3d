// What can be wrong between LoRA's options and a model, found by its config.json before any weights are read.
import { PavlovError } from "@pavlov/core";
import type { ModelConfig } from "../config.js";
import { loadModelConfig } from "../description.js";
import { loadAdapter, type LoadedAdapter } from "./load-adapter.js";
import { isAdapterFolder, locateModel } from "./locate.js";
import type { NewLora } from "./settings.js";
import { resolveTargets } from "./target-modules.js";

/** What LoRA's options say about the adapter itself. */
type LoraOptions = Omit<NewLora, "initLoraWeights" | "seed">;

/**
 * Checks LoRA's options against a model's folder, and an adapter for it which is trained on. An adapter in the place of
 * the model is checked when it is loaded, since its base may lie anywhere.
 * @throws PavlovError where a target is no projection of the model, or the adapter is another one.
 */
export async function checkLora(lora: LoraOptions, given: { model: string; adapter?: string }): Promise<void> {
  if (await isAdapterFolder(given.model)) return;
  const { model, adapter } = await locateModel({ ...given, training: true });
  const { config } = await loadModelConfig(model);
  if (adapter === null) resolveTargets(config, lora.targetModules);
  else requireSameLora(config, lora, await loadAdapter(adapter, config, model), adapter);
}

/**
 * Options of LoRA beside an adapter that is trained on must say what the adapter is.
 * @param folder the adapter's, for messages
 */
export function requireSameLora(
  config: ModelConfig,
  lora: LoraOptions,
  { peft, projections }: Pick<LoadedAdapter, "peft" | "projections">,
  folder: string,
): void {
  const differing = (["rank", "alpha", "useRslora"] as const).find((option) => lora[option] !== peft[option]);
  const wanted = resolveTargets(config, lora.targetModules);
  const problem =
    differing !== undefined
      ? `lora.${differing} is ${lora[differing]}, but the adapter ${folder} has ${peft[differing]}.`
      : wanted.join() !== projections.join()
        ? `lora.targetModules names ${wanted.length} projections, but the adapter ${folder} has ${projections.length}, or others.`
        : undefined;
  if (problem === undefined) return;
  throw new PavlovError(problem, {
    hint: "Remove lora from the options: an adapter that is trained on keeps its own. Or merge it with `pavlov merge`.",
  });
}
