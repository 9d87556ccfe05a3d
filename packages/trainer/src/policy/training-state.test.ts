import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Buffers } from "../engine/engine.js";
import { MemoryBuffer } from "../engine/memory-buffer.js";
import { readSafetensors } from "../model/safetensors.js";
import { writeSafetensors } from "../model/safetensors-write.js";
import { createOptimizer } from "../optimize/optimizer.js";
import { loadTrainingState, saveTrainingState, type TrainingState } from "./training-state.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-training-state-"));
});
afterEach(() => rm(folder, { recursive: true }));

const buffersOf = (values: Readonly<Record<string, number[]>>): Buffers =>
  Object.fromEntries(
    Object.entries(values).map(([name, list]) => [name, new MemoryBuffer(Float32Array.from(list), [list.length])]),
  );

const stateOf = (values: Readonly<Record<string, number[]>>, reference: Buffers | null = null): TrainingState => {
  const trained = buffersOf(values);
  return { trained, optimizer: createOptimizer(trained), reference };
};

const step = async ({ trained, optimizer }: TrainingState): Promise<void> => {
  optimizer.add(buffersOf(Object.fromEntries(Object.keys(trained).map((name) => [name, [0.1, -0.3]]))));
  await optimizer.step({ learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 });
};

const valuesOf = (buffers: Buffers): unknown =>
  Object.fromEntries(Object.entries(buffers).map(([name, { data }]) => [name, [...(data as Float32Array)]]));

const save = async (state: TrainingState, file = "model.safetensors", prefix = ""): Promise<number> => {
  const parameters = Object.entries(state.trained).map(
    ([name, { shape, data }]) => [`${prefix}${name}`, { shape, data: data as Float32Array }] as const,
  );
  await writeSafetensors(join(folder, file), Object.fromEntries(parameters));
  return saveTrainingState(folder, state);
};

const start = { a: [1, 2], b: [3, 4] };

test("what was saved goes on as if it had not been", async () => {
  const first = stateOf(start, buffersOf({ a: [5, 6] }));
  await step(first);
  const steps = await save(first);
  expect(steps).toBe(1);
  expect(Object.keys(await readSafetensors(join(folder, "optimizer.safetensors")))).toEqual([
    ...["a.exp_avg", "a.exp_avg_sq", "b.exp_avg", "b.exp_avg_sq"],
  ]);
  const second = stateOf({ a: [0, 0], b: [0, 0] }, buffersOf({ a: [0, 0] }));
  await loadTrainingState(folder, steps, second);
  expect(valuesOf(second.reference ?? {})).toEqual({ a: [5, 6] });
  for (const state of [first, second]) await step(state);
  expect(valuesOf(second.trained)).toEqual(valuesOf(first.trained));
  expect(second.optimizer.state()).toEqual(first.optimizer.state());
});

test("an adapter's weights are found under the names that PEFT gives them", async () => {
  const first = stateOf(start);
  const steps = await save(first, "adapter_model.safetensors", "base_model.model.");
  const second = stateOf({ a: [0, 0], b: [0, 0] });
  await loadTrainingState(folder, steps, second);
  expect(valuesOf(second.trained)).toEqual(start);
});

test("a checkpoint of other weights is refused by name", async () => {
  const steps = await save(stateOf(start));
  await expect(loadTrainingState(folder, steps, stateOf({ ...start, c: [0, 0] }))).rejects.toThrow(
    `The checkpoint ${folder} lacks c.`,
  );
  await expect(loadTrainingState(folder, steps, stateOf({ a: [0], b: [0, 0] }))).rejects.toThrow(
    "a has 2 values; 1 are in training.",
  );
});
