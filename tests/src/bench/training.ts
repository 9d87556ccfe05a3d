/**
 * A short training of the bundled model: seconds of each part of a step, and the longest time that the main thread
 * was not free for rewards, the screen and Ctrl-C.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { compose, loadDataset, use } from "@pavlov/core";
import { exactAnswer, thinkAnswer } from "@pavlov/rewards";
import { GRPOTrainer } from "@pavlov/trainer";
import type { Measurement } from "./measurement.js";

const inRepository = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Steps; the first compile programs and are left out of the medians. */
const STEPS = 20;
const WARM_UP = 4;

/** The quickstart's options, for a few steps. */
export const measureTraining = async (): Promise<Measurement[]> => {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const parts: Record<string, number[]> = Object.fromEntries(
    ["step_time", "time/generate", "time/score", "time/train", "time/optimizer"].map((name) => [name, []]),
  );
  const trainer = new GRPOTrainer({
    model: inRepository("models/arithmetic"),
    dataset: await loadDataset({ path: inRepository("examples/quickstart/data/train.jsonl") }),
    rewards: compose({ correct: use(exactAnswer), format: use(thinkAnswer, { weight: 0.2 }) }),
    config: { perDeviceTrainBatchSize: 128, maxCompletionLength: 40, learningRate: 1.5e-4, maxSteps: STEPS },
    onEvent(event) {
      if (event.type === "start") delay.enable();
      if (event.type !== "step" || event.step <= WARM_UP) return;
      for (const [name, values] of Object.entries(parts)) values.push(event.metrics[name] ?? Number.NaN);
    },
  });
  await trainer.train();
  delay.disable();
  const seconds = (name: string): number => median(parts[name] ?? []);
  return [
    { name: "quickstart: seconds of a step (128 completions)", value: seconds("step_time"), unit: "s", atMost: 1 },
    { name: "quickstart: generating", value: seconds("time/generate"), unit: "s" },
    { name: "quickstart: scoring after the last completion", value: seconds("time/score"), unit: "s" },
    { name: "quickstart: forward and backward", value: seconds("time/train"), unit: "s" },
    { name: "quickstart: optimizer", value: seconds("time/optimizer"), unit: "s" },
    { name: "event loop: longest pause in training", value: delay.max / 1e6, unit: "ms", atMost: 50 },
  ];
};
