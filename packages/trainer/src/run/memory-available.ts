/** How much memory a run may have: what the machine has left, or what a container allows. */
import { freemem, totalmem } from "node:os";

/** In bytes. */
export interface MemoryFacts {
  readonly total: number;
  /** Not in use, caches of files counted as free. */
  readonly free: number;
  /** What the run's processes hold already. */
  readonly own: number;
  /** The limit of a control group (version 1 or 2); 0 or an enormous number where there is none. */
  readonly constrained: number;
}

export interface AvailableMemory {
  /** For the run in all, what it holds already among it. */
  readonly bytes: number;
  readonly limit: "machine" | "container";
}

/** What may be used. A container's limit is taken whole: what else runs in it is rarely large. */
export const availableMemory = ({ total, free, own, constrained }: MemoryFacts): AvailableMemory => {
  const machine = Math.min(total, free + own);
  const container = constrained > 0 && constrained < total ? constrained : Number.POSITIVE_INFINITY;
  return container < machine ? { bytes: container, limit: "container" } : { bytes: machine, limit: "machine" };
};

/**
 * The facts of this machine now.
 * @param others Bytes that the run's other process holds: where this one holds the model the one that asks for it, or
 * the other way round.
 */
export const memoryFacts = (others: number): MemoryFacts => ({
  total: totalmem(),
  free: freemem(),
  own: process.memoryUsage.rss() + others,
  constrained: process.constrainedMemory() ?? 0,
});
