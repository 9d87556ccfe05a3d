/** The first steps of a training on the device beside the same on the CPU. */
import { loadPolicy, type Device } from "@pavlov/trainer";
import { complete, rowsOf, trainOn, type Batch } from "./work.js";

/** What was compared, and whether it is within the bar. */
export interface Check {
  readonly name: string;
  readonly passed: boolean;
  readonly detail: string;
}

/** Relative; numbers near zero may differ by a hundredth of it. */
const bar = 1e-3;

const distance = (actual: number, expected: number): number =>
  Math.abs(actual - expected) / (Math.abs(expected) + 0.01);

/** Three steps of the model in `folder`, trained on the completions of the CPU. */
export async function comparePolicies(
  folder: string,
  device: Device,
  batch: Batch,
  pass: "whole" | "layered",
): Promise<Check[]> {
  const open = (on: Device) => loadPolicy({ model: folder, engine: { device: on }, reference: false, pass });
  const [cpu, other] = [await open("cpu"), await open(device)];
  const checks: Check[] = [];
  try {
    for (let step = 0; step < 3; step++) {
      const [expected, actual] = [await complete(cpu, batch, step), await complete(other, batch, step)];
      const same = expected.filter(({ tokenIds }, row) => tokenIds.join() === actual[row]?.tokenIds.join()).length;
      checks.push({
        name: `${pass} pass, step ${step + 1}: completions`,
        passed: same === expected.length,
        detail: `${same} of ${expected.length} have the same tokens`,
      });
      const rows = rowsOf(expected, batch);
      const [wanted, given] = [await trainOn(cpu, rows), await trainOn(other, rows)];
      const worst = Math.max(
        ...Object.keys(wanted).map((name) => distance(given[name] as number, wanted[name] as number)),
      );
      checks.push({
        name: `${pass} pass, step ${step + 1}: metrics`,
        passed: worst < bar,
        detail: `loss ${given["loss"]?.toFixed(6)}, gradient ${given["gradNorm"]?.toFixed(5)}; largest difference ${worst.toExponential(1)}`,
      });
    }
    return checks;
  } finally {
    cpu.dispose();
    other.dispose();
  }
}
