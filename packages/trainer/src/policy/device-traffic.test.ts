/** What a training logs of the traffic with its device, and that the parts of a step are no more than it. */
import { fileURLToPath } from "node:url";
import { datasetFromRows, defineReward } from "@pavlov/core";
import { expect, test } from "vitest";
import type { Device } from "../device/device.js";
import { softwareGpu } from "../engine/onnxruntime/software-gpu.test.fixture.js";
import { GRPOTrainer } from "../grpo/trainer.js";
import type { TrainEvent } from "../run/events.js";
import { SFTTrainer } from "../sft/trainer.js";

const model = fileURLToPath(new URL("../../../../models/arithmetic", import.meta.url));

const varied = defineReward({
  name: "varied",
  description: "Differs within a group.",
  range: [0, 1],
  score: ({ index }) => index % 2,
});

type Steps = Extract<TrainEvent, { type: "step" }>["metrics"][];

const stepsOf = async (
  run: (onEvent: (event: TrainEvent) => void) => { train(): Promise<unknown> },
): Promise<Steps> => {
  const steps: Steps = [];
  await run((event) => {
    if (event.type === "step") steps.push(event.metrics);
  }).train();
  return steps;
};

const trained = (device: Device): Promise<Steps> => {
  const sizes = { maxSteps: 2, numGenerations: 2, perDeviceTrainBatchSize: 2, maxCompletionLength: 2 };
  const dataset = datasetFromRows([{ prompt: "1+2=" }, { prompt: "3+4=" }]);
  return stepsOf(
    (onEvent) => new GRPOTrainer({ model, rewards: varied, dataset, engine: { device }, config: sizes, onEvent }),
  );
};

const demonstrated = (device: Device): Promise<Steps> => {
  const dataset = datasetFromRows([{ prompt: "1+2=", completion: "3" }]);
  const config = { maxSteps: 1, perDeviceTrainBatchSize: 1 };
  return stepsOf((onEvent) => new SFTTrainer({ model, dataset, engine: { device }, config, onEvent }));
};

const traffic = ["transfer/bytes_to_device", "transfer/bytes_from_device", "transfer/count", "time/transfer"];

test("the CPU logs no traffic", async () => {
  for (const metrics of [...(await trained("cpu")), ...(await demonstrated("cpu"))]) {
    expect(Object.keys(metrics).filter((name) => traffic.includes(name))).toEqual([]);
  }
});

test.skipIf((await softwareGpu()) === null)(
  "on a GPU every step logs it, and its parts fit into the step",
  async () => {
    const [first, second] = (await trained("webgpu")) as [Steps[0], Steps[0]];
    for (const metrics of [first, second]) {
      for (const name of traffic.slice(0, 3)) expect(metrics[name]).toBeGreaterThan(0);
      const parts = ["time/generate", "time/score", "time/train", "time/optimizer", "time/transfer"];
      const sum = parts.reduce((total, name) => total + (metrics[name] ?? Number.NaN), 0);
      expect(sum).toBeLessThanOrEqual(metrics["step_time"] ?? Number.NaN);
    }
    // Weights, gradients, moments and caches stay there: 3.2 MB of weights alone.
    expect(second["transfer/bytes_to_device"]).toBeLessThan(100_000);
    const [supervised] = await demonstrated("webgpu");
    for (const name of traffic.slice(0, 3)) expect(supervised?.[name]).toBeGreaterThan(0);
  },
);
