/** The lines on the GPUs that the machine has, and on the device that a run takes by itself. */
import { errorMessage } from "@pavlov/core";
import type { ChosenDevice } from "../choose-device.js";
import { type Adapter, describeAdapter } from "./adapter.js";
import type { Check } from "./check.js";

/** A line for each adapter; one that says so where there is none or where they are not told. */
export async function adapterChecks(asked: Promise<readonly Adapter[]>): Promise<readonly Check[]> {
  const line = (index: number, status: Check["status"], detail: string): Check => ({
    id: index === 0 ? "gpu" : `gpu-${index + 1}`,
    section: "GPU",
    title: index === 0 ? "adapter" : `adapter ${index + 1}`,
    status,
    detail,
  });
  try {
    const adapters = await asked;
    if (adapters.length === 0) return [line(0, "missing", "the system shows none")];
    return adapters.map((adapter, index) => line(index, adapter.computes ? "ok" : "info", describeAdapter(adapter)));
  } catch (error) {
    return [line(0, "problem", `cannot be told: ${errorMessage(error)}`)];
  }
}

/** What `device: auto` takes. */
export function autoCheck({ device, skipped }: ChosenDevice): Check {
  const reasons = skipped.map(({ device: other, reason }) => `not ${other}: ${reason.replace(/^There /, "there ")}`);
  const detail = [device, ...reasons].join(", ");
  return { id: "auto", section: "Engines", title: "device: auto", status: "info", detail: `takes ${detail}` };
}
