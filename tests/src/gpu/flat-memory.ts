/** Whether a long run's memory stays what it is: of this process, in which a driver without a GPU keeps the GPU's too. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { loadPolicy, type Device } from "@pavlov/trainer";
import type { Check } from "./parity.js";
import { complete, rowsOf, trainOn, type Batch } from "./work.js";

/** Steps after which caches are full and programs compiled. */
const warmUp = 40;

/** Bytes by which the last quarter may lie above the first one after warming up. */
const slack = 24e6;

const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] as number;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes of this process, without what only waits to be collected. */
function residentBytes(): number {
  collectGarbage();
  return process.memoryUsage.rss();
}

/** Trains for so many steps and compares memory at their beginning and end. `report` gets a line now and then. */
export async function watchMemory(
  folder: string,
  device: Device,
  batch: Batch,
  steps: number,
  report: (line: string) => void,
): Promise<Check> {
  const policy = await loadPolicy({ model: folder, engine: { device }, reference: false });
  const bytes: number[] = [];
  try {
    for (let step = 0; step < steps; step++) {
      await trainOn(policy, rowsOf(await complete(policy, batch, step), batch));
      bytes.push(residentBytes());
      if ((step + 1) % 50 === 0) report(`step ${step + 1}: ${(bytes.at(-1)! / 1e6).toFixed(0)} MB`);
    }
  } finally {
    policy.dispose();
  }
  return flat(`memory over ${steps} steps`, bytes, Math.min(warmUp, steps >> 1));
}

/** Of the process after each of several times, the first `leftOut` of them left out. */
function flat(name: string, bytes: readonly number[], leftOut: number): Check {
  const settled = bytes.slice(leftOut);
  const quarter = Math.max(1, settled.length >> 2);
  const growth = middle(settled.slice(-quarter)) - middle(settled.slice(0, quarter));
  const detail = `${(growth / 1e6).toFixed(1)} MB more at the end than after ${leftOut}`;
  return { name, passed: growth < slack, detail };
}

/** The same of generation batches in 8 bits, each of which brings weights anew: `folder` holds a model of some megabytes. */
export async function watchRollouts(folder: string, device: Device, batch: Batch, batches: number): Promise<Check> {
  const policy = await loadPolicy({ model: folder, engine: { device }, reference: false });
  const bytes: number[] = [];
  try {
    for (let step = 0; step < batches; step++) {
      await complete(policy, batch, step, { precision: "int8" });
      bytes.push(residentBytes());
    }
  } finally {
    policy.dispose();
  }
  return flat(`memory over ${batches} rollouts in 8 bits`, bytes, batches >> 2);
}
