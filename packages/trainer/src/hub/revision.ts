/** A revision as it is typed: a branch, a tag or a commit. */
import { PavlovError } from "@pavlov/core";

/** What the hub calls the newest commit. */
export const DEFAULT_REVISION = "main";

/**
 * The revision, checked: it becomes a part of addresses and of paths in the cache.
 * @throws PavlovError where Git allows no such name.
 */
export function checkRevision(revision: string): string {
  const segments = revision.split("/");
  const isName = /^[\w.+/-]+$/.test(revision) && !segments.some((part) => part === "" || part.startsWith("."));
  if (isName && !revision.includes("..")) return revision;
  throw new PavlovError(`${JSON.stringify(revision)} is no revision.`, {
    hint: "Give a branch (main), a tag (v1.0) or a commit of 40 letters and digits.",
  });
}
