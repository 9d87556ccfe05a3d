/** What a run took from the hub, as its `config.json` records it under `hub`, so that it can be taken up again. */
import { DEFAULT_REVISION } from "./revision.js";

/** One model or dataset of the hub. */
export interface HubSource {
  readonly id: string;
  /** What was asked for: a branch, a tag or a commit. */
  readonly revision: string;
  /** The commit that it was. */
  readonly commit: string;
  /** Of a dataset. */
  readonly config?: string;
  /** Of a dataset. */
  readonly split?: string;
}

/** By what it is for: `model`, `adapter`, `base`, `dataset`, `evalDataset`. */
export type HubSources = Readonly<Record<string, HubSource>>;

/**
 * The commit that an earlier run took for the same id and revision, else the revision itself: a branch may have moved
 * since, and a run goes on with what it began with.
 */
export function pinnedRevision(
  earlier: HubSource | undefined,
  id: string,
  revision: string | null | undefined,
): string | undefined {
  const isSame = earlier?.id === id && earlier.revision === (revision ?? DEFAULT_REVISION);
  return isSame ? earlier.commit : (revision ?? undefined);
}

/** What `config.json` says of the hub: nothing where nothing came from there. */
export function hubRecord(sources: HubSources): { readonly hub?: HubSources } {
  return Object.keys(sources).length === 0 ? {} : { hub: sources };
}
