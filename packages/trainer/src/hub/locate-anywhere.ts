/** Finds a model wherever it is: a folder or an id of the hub, an adapter or not, its base a folder or an id. */
import { locateModel, type LocatedModel, type LocateOptions } from "../model/lora/locate.js";
import { resolveModel } from "./resolve-model.js";
import { DEFAULT_REVISION } from "./revision.js";
import type { HubOptions } from "./settings.js";
import { pinnedRevision, type HubSources } from "./sources.js";

/** What {@link locateAnywhere} finds. */
export interface LocatedAnywhere extends LocatedModel {
  /** What of it came from the hub: `model`, `adapter`, and `base` where an adapter names its base by an id. */
  readonly sources: HubSources;
}

/**
 * {@link locateModel} for references that `resolveModel` takes.
 * @param pinned commits to take in the place of what a revision means now, as an earlier run took them
 * @throws PavlovError as both do.
 */
export async function locateAnywhere(
  options: Omit<LocateOptions, "resolveModel">,
  hub: HubOptions = {},
  pinned: HubSources = {},
): Promise<LocatedAnywhere> {
  const { model, adapter } = options;
  const sources: Record<string, HubSources[string]> = {};
  const folderOf = async (name: string, reference: string, wanted?: string | null): Promise<string> => {
    const revision = pinnedRevision(pinned[name], reference, wanted);
    const { folder, id, commit } = await resolveModel(reference, { ...hub, revision });
    if (id !== null && commit !== null) sources[name] = { id, revision: wanted ?? DEFAULT_REVISION, commit };
    return folder;
  };
  const located = await locateModel({
    ...options,
    model: await folderOf("model", model),
    adapter: adapter === undefined || adapter === null ? adapter : await folderOf("adapter", adapter),
    resolveModel: (id, revision) => folderOf("base", id, revision),
  });
  return { ...located, sources };
}
