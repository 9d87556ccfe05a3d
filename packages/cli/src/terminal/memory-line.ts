/** One line on what a run will need of the memory there is. */
import type { TrainEvent } from "@pavlov/trainer";

type MemoryEvent = Extract<TrainEvent, { type: "memory" }>;

const GIGABYTE = 2 ** 30;

/** Parts below this share of the whole are left out. */
const LEAST_SHARE = 0.02;

const inGigabytes = (bytes: number): string => (bytes / GIGABYTE).toFixed(1);

/**
 * `memory: about 3.3 of 23.5 GB: moments 1.0, gradients 0.6, …`, the largest part first. Undefined for a run so small
 * that nobody asks: below 1 GB and half of what there is.
 */
export function memoryLine({ parts, needed, available }: MemoryEvent): string | undefined {
  if (needed < GIGABYTE && needed < available / 2) return undefined;
  const named = Object.entries(parts)
    .filter(([, bytes]) => bytes >= LEAST_SHARE * needed)
    .toSorted(([, a], [, b]) => b - a)
    .map(([part, bytes]) => `${part} ${inGigabytes(bytes)}`);
  return `memory: about ${inGigabytes(needed)} of ${inGigabytes(available)} GB: ${named.join(", ")}`;
}
