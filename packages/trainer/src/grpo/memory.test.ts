import { fileURLToPath } from "node:url";
import { datasetFromRows, defineReward } from "@pavlov/core";
import { expect, test } from "vitest";
import type { TrainEvent } from "../run/events.js";
import { planBatches } from "./batch-arithmetic.js";
import { grpoConfigSchema, type GRPOConfigInput } from "./config.js";
import { runMemory } from "./memory.js";
import { GRPOTrainer } from "./trainer.js";

const GIGABYTE = 2 ** 30;
const model = fileURLToPath(new URL("../../../../models/arithmetic", import.meta.url));
const dataset = datasetFromRows([{ prompt: "522+768=" }, { prompt: "939-666=" }]);

const memoryOf = (changes: GRPOConfigInput, evaluates: boolean, bytes = 8 * GIGABYTE) => {
  const config = grpoConfigSchema.parse({ maxCompletionLength: 32, numGenerations: 4, ...changes });
  const plan = planBatches(config, 100);
  const options = { model, adapter: null, engine: { kind: "onnxruntime" }, pass: "auto", config, plan } as const;
  return runMemory({ ...options, evaluates }, () => ({ bytes, limit: "machine" }));
};

test("a run is checked with its own sizes", async () => {
  const [plain, long] = [await memoryOf({}, false), await memoryOf({ maxCompletionLength: 96 }, false)];
  expect(plain.check(16)?.parts.weights).toBe(4 * 799_872);
  expect(long.check(16)?.needed).toBeGreaterThan(plain.check(16)?.needed ?? Number.POSITIVE_INFINITY);
  expect(plain.check(64)?.needed).toBeGreaterThan(plain.check(16)?.needed ?? Number.POSITIVE_INFINITY);
  const small = await memoryOf({ perDeviceTrainBatchSize: 64 }, false, GIGABYTE / 8);
  expect(() => small.check(16)).toThrow(/^Training needs about \d\.\d\d GB of memory, and the machine has 0\.13 GB\.$/);
});

test("an evaluation generates more rows than training where they cost little, and is counted", async () => {
  const memory = await memoryOf({}, true);
  expect(memory.evaluationRows(16)).toBe(64);
  expect(memory.check(16)?.parts.rollout).toBeGreaterThan((await memoryOf({}, false)).check(16)?.parts.rollout ?? 0);
  expect((await memoryOf({ perDeviceEvalBatchSize: 100 }, true)).evaluationRows(16)).toBe(100);
  // 4 layers of 128 floats, twice: 4 kB for each token of a row.
  expect((await memoryOf({}, true)).evaluationRows(2 ** 12)).toBe(15);
});

test("the engine tfjs, of which nothing is known, is not checked", async () => {
  const config = grpoConfigSchema.parse({});
  const plan = planBatches(config, 100);
  const options = { model, adapter: null, pass: "auto", config, plan, evaluates: false } as const;
  const memory = await runMemory({ ...options, engine: { kind: "tfjs" } }, () => ({ bytes: 1, limit: "machine" }));
  expect(memory.check(16)).toBeNull();
});

const same = defineReward({
  name: "same",
  description: "Gives every completion 1, so that no advantage is left.",
  range: [0, 1],
  score: () => 1,
});

test("a step without any advantage skips the backward pass and has all its metrics", async () => {
  const events: TrainEvent[] = [];
  const trainer = new GRPOTrainer({
    ...{ model, rewards: same, dataset, pass: "layered", onEvent: (event) => events.push(event) },
    config: { maxSteps: 2, numGenerations: 4, perDeviceTrainBatchSize: 4, maxCompletionLength: 8 },
  });
  await trainer.train();
  const steps = events.filter((event) => event.type === "step");
  expect(steps).toHaveLength(2);
  for (const { metrics } of steps) {
    expect(metrics).toMatchObject({ loss: 0, grad_norm: 0, "train/skipped_rows": 4, frac_reward_zero_std: 1 });
    expect(metrics["entropy"]).toBeGreaterThan(0);
    expect(metrics["time/optimizer"]).toBeGreaterThan(0);
  }
  const memory = events.find((event) => event.type === "memory");
  expect(memory?.needed).toBeGreaterThan(0);
});
