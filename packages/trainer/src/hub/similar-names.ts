/** The repository that a mistyped id more likely means. */
import { nearest } from "@pavlov/core";
import type { Repository } from "./cache.js";
import { patientFetch } from "./requests.js";
import type { HubSettings } from "./settings.js";

/** As many of an owner's repositories are compared. */
const COMPARED = 500;

/** The owner's repository with the nearest name; undefined where none is near or the hub does not say. */
export async function similarNames(
  type: Repository["type"],
  id: string,
  settings: HubSettings,
): Promise<string | undefined> {
  const [owner, name] = id.split("/");
  if (settings.offline || owner === undefined || name === undefined) return undefined;
  try {
    const { listModels, listDatasets } = await import("@huggingface/hub");
    const asked = { type, id, revision: "" };
    const given = {
      search: { owner },
      limit: COMPARED,
      hubUrl: settings.endpoint,
      fetch: patientFetch(asked, { ...settings, timing: { ...settings.timing, stall: 5_000, longestWait: 0 } }),
    };
    const names: string[] = [];
    for await (const found of type === "model" ? listModels(given) : listDatasets(given)) names.push(found.name);
    return nearest(id, names);
  } catch {
    return undefined;
  }
}
