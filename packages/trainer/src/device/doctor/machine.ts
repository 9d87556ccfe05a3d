/** The processor and the memory that a run may use, limits of containers among them. */
import { availableParallelism, cpus } from "node:os";
import { availableMemory, type MemoryFacts, memoryFacts } from "../../run/memory-available.js";
import { type Check, check } from "./check.js";

export interface MachineFacts {
  readonly arch: string;
  /** As the system names it; empty where it does not. */
  readonly model: string;
  /** Processors of the machine, and those that this process may use. */
  readonly processors: number;
  readonly usable: number;
  readonly memory: MemoryFacts;
}

/** The facts of this machine. */
export function machineFacts(): MachineFacts {
  const processors = cpus();
  return {
    arch: process.arch,
    model: processors[0]?.model.trim() ?? "",
    processors: processors.length,
    usable: availableParallelism(),
    memory: memoryFacts(0),
  };
}

/** `23.5 GB`, in units of 2^30 bytes, as the estimate of a run's memory is told. */
export const inGigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GB`;

/** Less than a small model takes, in bytes. */
const LEAST_MEMORY = 2 ** 30;

/** The lines on the machine. */
export function machineChecks(facts: MachineFacts): readonly Promise<Check>[] {
  const { arch, model, processors, usable, memory } = facts;
  return [
    check({ id: "cpu", section: "Machine", title: "processor" }, () => {
      const count = `${processors} ${processors === 1 ? "core" : "cores"}`;
      const fewer = usable < processors ? `, of which this process may use ${usable}` : "";
      return { status: "info", detail: `${model || arch}, ${count}${fewer}` };
    }),
    check({ id: "memory", section: "Machine", title: "memory" }, () => {
      const { bytes, limit } = availableMemory(memory);
      const whose = limit === "container" ? " by the container's limit" : "";
      const detail = `${inGigabytes(bytes)} available${whose}, of ${inGigabytes(memory.total)}`;
      if (bytes >= LEAST_MEMORY) return { status: "ok", detail };
      const fix =
        limit === "container"
          ? "give the container more: docker run --memory 8g"
          : "end other programs, or train a small model";
      return { status: "problem", detail, fix };
    }),
  ];
}
