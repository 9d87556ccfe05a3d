/** The training that `pavlov bench` times: what its events tell, and what only watching the machine does. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { watchDeviceMemory, type Device, type TrainEvent, type TrainResult } from "@pavlov/trainer";
import type { BenchSetting, StepMetrics } from "./figures.js";
import type { BenchOptions } from "./work.js";

/** What was seen of a run. */
export interface BenchRun {
  readonly steps: readonly StepMetrics[];
  readonly measured: Omit<BenchSetting, keyof BenchOptions | "threads" | "cpu">;
}

/** Makes the trainer, which hands its events to `onEvent` and saves to `output`, where there is one. */
export type MakeTrainer = (
  onEvent: (event: TrainEvent) => void,
  output: string | undefined,
) => { train(): Promise<TrainResult> };

/** Trains. With `save` the model is written to a temporary folder, which is removed. */
export async function benchRun(
  makeTrainer: MakeTrainer,
  { save, device }: { readonly save: boolean; readonly device?: Device },
): Promise<BenchRun> {
  const folder = save ? await mkdtemp(join(tmpdir(), "pavlov-bench-run-")) : undefined;
  const memory = device === "cpu" ? undefined : await watchDeviceMemory();
  const steps: StepMetrics[] = [];
  let start: (TrainEvent & { readonly type: "start" }) | undefined;
  let steppedAt = Number.NaN;
  let saveSeconds: number | null = null;
  const onEvent = (event: TrainEvent): void => {
    if (event.type === "start") start = event;
    if (event.type === "step") {
      steps.push(event.metrics);
      steppedAt = performance.now();
    }
    if (event.type === "save") saveSeconds ??= (performance.now() - steppedAt) / 1000;
  };
  try {
    const output = folder === undefined ? undefined : join(folder, "run");
    const { policyPeakBytes = 0 } = await makeTrainer(onEvent, output).train();
    const { engine, device: used, loadSeconds } = start as TrainEvent & { readonly type: "start" };
    const measured = {
      ...{ engine, device: used, loadSeconds, saveSeconds },
      peakKilobytes: process.resourceUsage().maxRSS + policyPeakBytes / 1024,
      deviceBytes: used === "cpu" ? null : (memory?.stop() ?? null),
    };
    return { steps, measured };
  } finally {
    memory?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}
