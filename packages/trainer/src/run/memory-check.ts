/** Says before the first step what a run will need of the memory there is, and refuses one that will not fit. */
import { PavlovError } from "@pavlov/core";
import type { AvailableMemory } from "./memory-available.js";
import { estimateMemory, totalOf, type MemoryParts, type MemorySetup } from "./memory-estimate.js";
import { memorySavings } from "./memory-savings.js";

/** In bytes. */
export interface MemoryReport {
  readonly parts: MemoryParts;
  readonly needed: number;
  readonly available: number;
  /** What limits it. */
  readonly limit: AvailableMemory["limit"];
}

/** Goes on where the estimate says that a run does not fit. */
const IGNORE_MEMORY = "PAVLOV_IGNORE_MEMORY";

/** How many ways to save are named. */
const MOST_SAVINGS = 4;

/** `3.14 GB`, in units of 2^30 bytes. */
const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(bytes < 10 * 2 ** 30 ? 2 : 1)} GB`;

const hintOf = (setup: MemorySetup, available: number): string => {
  const savings = memorySavings(setup, available)
    .slice(0, MOST_SAVINGS)
    .map(({ change, bytes, needed }) => `${change} saves ${gigabytes(bytes)}${needed <= available ? " (fits)" : ""}`);
  const anyway = `${IGNORE_MEMORY}=1 goes on anyway.`;
  return savings.length === 0 ? `Take a smaller model. ${anyway}` : `${savings.join("; ")}. ${anyway}`;
};

/**
 * Compares a run's estimate with the memory there is.
 * @param ignore Do not refuse.
 * @throws PavlovError that says how much is needed and what saves how much, the largest saving first.
 */
export const checkMemory = (
  setup: MemorySetup,
  { bytes: available, limit }: AvailableMemory,
  ignore = process.env[IGNORE_MEMORY] === "1",
): MemoryReport => {
  const parts = estimateMemory(setup);
  const needed = totalOf(parts);
  if (needed > available && !ignore) {
    throw new PavlovError(
      `Training needs about ${gigabytes(needed)} of memory, and ${
        limit === "container" ? "the container allows" : "the machine has"
      } ${gigabytes(available)}.`,
      { hint: hintOf(setup, available) },
    );
  }
  return { parts, needed, available, limit };
};
