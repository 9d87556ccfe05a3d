// A model that needs no adapter any more: the base with the adapter added to it, as PEFT's `merge_and_unload` and
// `save_pretrained`.
import { loadModel } from "../load.js";
import { linearNames } from "../linear.js";
import { saveModel } from "../save.js";
import type { WritableParameters } from "../safetensors-write.js";
import { loadAdapter } from "./load-adapter.js";
import { locateModel, type ModelResolver } from "./locate.js";
import { mergeProjection } from "./merge.js";
import { loraScale } from "./settings.js";

/** What {@link mergeAdapterFolder} merges. */
export interface MergeOptions {
  /** The folder of the adapter, in PEFT's layout. */
  readonly adapter: string;
  /** The base's folder, where the adapter's own settings do not lead to it. */
  readonly model?: string;
  /** The folder of the merged model. */
  readonly output: string;
  /** For adapters whose base is an id and no folder. */
  readonly resolveModel?: ModelResolver;
}

/** What was merged. */
export interface MergeResult {
  /** The base's folder. */
  readonly base: string;
  /** Projections that were changed. */
  readonly projections: number;
}

/**
 * Saves the base with the adapter merged into it, as float32. One merged weight is in memory at a time.
 * @throws PavlovError where the adapter is damaged or for another model, its base is not found, or the place is not
 *   writable.
 */
export async function mergeAdapterFolder({ adapter, model, output, resolveModel }: MergeOptions): Promise<MergeResult> {
  const located = await locateModel(model === undefined ? { model: adapter, resolveModel } : { model, adapter });
  // The folder of a model was given where an adapter's was meant: reading it as an adapter says so.
  const folder = located.adapter ?? adapter;
  const { config, parameters, generationConfig } = await loadModel(located.model);
  const loaded = await loadAdapter(folder, config, located.model);
  const scale = loraScale(loaded.peft);
  const merged: Record<string, WritableParameters[string]> = { ...parameters };
  for (const projection of loaded.projections) {
    const name = linearNames.weight(projection);
    const [weight, down, up] = [
      parameters[name],
      loaded.parameters[linearNames.loraA(projection)],
      loaded.parameters[linearNames.loraB(projection)],
    ];
    if (!weight || !down || !up) throw new Error(`The projection ${projection} has no weight.`);
    merged[name] = { shape: weight.shape, data: () => mergeProjection(weight, down, up, scale).data };
  }
  await saveModel(output, {
    parameters: merged,
    source: located.model,
    ...(generationConfig ? { generationConfig } : {}),
  });
  return { base: located.model, projections: loaded.projections.length };
}
