/** Finds a model wherever it is: a folder or an id of the hub, an adapter or not, its base a folder or an id. */
import { locateModel, type LocatedModel, type LocateOptions } from "../model/lora/locate.js";
import { resolveModel } from "./resolve-model.js";
import type { HubOptions } from "./settings.js";

/**
 * {@link locateModel} for references that `resolveModel` takes.
 * @throws PavlovError as both do.
 */
export async function locateAnywhere(
  options: Omit<LocateOptions, "resolveModel">,
  hub: HubOptions = {},
): Promise<LocatedModel> {
  const { model, adapter } = options;
  const folderOf = async (reference: string, revision?: string | null): Promise<string> =>
    (await resolveModel(reference, { ...hub, ...(revision ? { revision } : {}) })).folder;
  return locateModel({
    ...options,
    model: await folderOf(model),
    adapter: adapter === undefined || adapter === null ? adapter : await folderOf(adapter),
    resolveModel: folderOf,
  });
}
