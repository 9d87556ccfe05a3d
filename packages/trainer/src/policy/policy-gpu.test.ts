/** The policy on a GPU against the one on the CPU: sampling, passes, optimizer, and checkpoints that move between them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EngineChoice } from "../device/open-engine.js";
import { softwareGpu } from "../engine/onnxruntime/software-gpu.test.fixture.js";
import { builtNodeGpu } from "../engine/tfjs/node-gpu.test.fixture.js";
import { grpoConfigSchema, lossOptions } from "../grpo/config.js";
import type { JsonObject } from "../model/config.js";
import { saveModel } from "../model/load.js";
import { readSafetensors } from "../model/safetensors.js";
import { tinyConfigJson, tinyModel } from "../model/tiny-model.test.fixture.js";
import { loadPolicy, type Policy } from "./policy.js";
import type { FinishedRow, LoadRequest, TokenRow } from "./protocol.js";

const onCpu: EngineChoice = { device: "cpu", threads: 2 };

/** Devices, whether each can be tried here, and what its engine is called. */
const devices = [
  ["webgpu", await softwareGpu(), "onnxruntime webgpu"],
  ["tfjs-node-gpu", await builtNodeGpu(), "tfjs tensorflow"],
] as const;

/** Kinds of model that differ in their layers and their head. */
const models: Readonly<Record<string, JsonObject>> = {
  tied: { tie_word_embeddings: true },
  large: { tie_word_embeddings: false, vocab_size: 1500 },
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-gpu-"));
  for (const [name, changes] of Object.entries(models)) {
    const { parameters } = tinyModel(changes);
    await saveModel(join(folder, name), { parameters, configJson: tinyConfigJson(changes) });
  }
});
afterAll(() => rm(folder, { recursive: true }));

const open = (engine: EngineChoice, model: string, more: Partial<LoadRequest> = {}): Promise<Policy> =>
  loadPolicy({ model: join(folder, model), engine, reference: true, ...more });

const prompts = [[3, 4, 5, 6, 7], [9], [10, 11]];

const generated = async (policy: Policy, step: number): Promise<FinishedRow[]> => {
  const rows: FinishedRow[] = [];
  const request = { prompts, numGenerations: 2, maxCompletionLength: 10, sampling: {}, seed: 5, step };
  await policy.generate(request, (finished) => rows.push(...finished));
  return rows.toSorted((a, b) => a.row - b.row);
};

/** One training step on given completions; the numbers that a run logs. */
const trained = async (policy: Policy, completions: readonly FinishedRow[]): Promise<Record<string, number>> => {
  const rows: TokenRow[] = completions.map(({ row, tokenIds, logProbabilities }) => ({
    promptIds: prompts[Math.floor(row / 2)] as number[],
    completionIds: tokenIds,
    advantage: row % 2 === 0 ? 1.2 : -0.7,
    oldLogProbabilities: logProbabilities,
  }));
  const reference = await policy.logProbabilities({ rows, which: "reference", temperature: 1 });
  const options = { ...lossOptions(grpoConfigSchema.parse({ beta: 0.1 })), entropyBonus: true };
  const { loss, metrics } = await policy.accumulate({
    rows: rows.map((row, index) => ({ ...row, referenceLogProbabilities: reference[index] as Float32Array })),
    loss: {
      kind: "grpo",
      options,
      temperature: 1,
      itemsInBatch: rows.reduce((sum, { completionIds }) => sum + completionIds.length, 0),
      gradientAccumulationSteps: 1,
      stepsPerGeneration: 1,
      entropyCoefficient: 0.01,
    },
  });
  const update = { learningRate: 1e-2, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1, maxGradNorm: 1 };
  const { gradNorm } = await policy.update(update);
  return { loss, gradNorm, ...metrics };
};

const expectNear = (actual: Readonly<Record<string, number>>, expected: Readonly<Record<string, number>>): void => {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, value] of Object.entries(expected)) {
    const distance = Math.abs((actual[name] as number) - value);
    expect(distance, `${name}: ${actual[name]} instead of ${value}`).toBeLessThan(1e-5 + 1e-3 * Math.abs(value));
  }
};

for (const [device, found, engineName] of devices) {
  describe.skipIf(found === null)(`on ${device}`, () => {
    const onDevice: EngineChoice = { device };

    test.each([
      ["tied", "layered"],
      ["large", "whole"],
    ] as const)("two steps of the model %s in one pass (%s) are those of the CPU", async (model, pass) => {
      const [cpu, gpu] = [await open(onCpu, model, { pass }), await open(onDevice, model, { pass })];
      expect(gpu.info.engine).toBe(engineName);
      for (let step = 0; step < 2; step++) {
        const [expected, actual] = [await generated(cpu, step), await generated(gpu, step)];
        expect(actual.map(({ tokenIds }) => tokenIds)).toEqual(expected.map(({ tokenIds }) => tokenIds));
        actual.forEach(({ logProbabilities }, row) =>
          logProbabilities.forEach((value, token) =>
            expect(value).toBeCloseTo(expected[row]?.logProbabilities[token] as number, 3),
          ),
        );
        expectNear(await trained(gpu, expected), await trained(cpu, expected));
      }
      cpu.dispose();
      gpu.dispose();
    });

    test("an adapter is trained and sampled from", async () => {
      const lora = {
        rank: 4,
        alpha: 8,
        useRslora: false,
        targetModules: "all-linear",
        initLoraWeights: true,
        seed: 3,
      } as const;
      const [cpu, gpu] = [await open(onCpu, "tied", { lora }), await open(onDevice, "tied", { lora })];
      for (let step = 0; step < 2; step++) {
        const [expected, actual] = [await generated(cpu, step), await generated(gpu, step)];
        expect(actual.map(({ tokenIds }) => tokenIds)).toEqual(expected.map(({ tokenIds }) => tokenIds));
        expectNear(await trained(gpu, expected), await trained(cpu, expected));
      }
      cpu.dispose();
      gpu.dispose();
    });

    // ONNX Runtime does not count its tensors.
    test.runIf(device === "tfjs-node-gpu")("steps leave nothing behind, nor does the policy", async () => {
      const before = tf.memory().numTensors;
      const gpu = await open(onDevice, "tied", { pass: "layered" });
      const completions = await generated(gpu, 0);
      const counts: number[] = [];
      for (let step = 0; step < 3; step++) {
        await generated(gpu, step);
        await trained(gpu, completions);
        counts.push(tf.memory().numTensors);
      }
      expect(new Set(counts).size).toBe(1);
      gpu.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });

    test("a checkpoint of the CPU goes on there, and one of it on the CPU", async () => {
      const [first, second] = [join(folder, "first"), join(folder, "second")];
      const cpu = await open(onCpu, "tied");
      const completions = await generated(cpu, 0);
      await trained(cpu, completions);
      await cpu.syncReference({ alpha: 0.3 });
      const { optimizerSteps } = await cpu.saveCheckpoint({ folder: first, reference: true });
      const gpu = await open(onDevice, "tied");
      await gpu.loadCheckpoint({ folder: first, optimizerSteps, reference: true });
      expectNear(await trained(gpu, completions), await trained(cpu, completions));
      await gpu.syncReference({ alpha: 0.3 });
      await cpu.syncReference({ alpha: 0.3 });
      expect(await gpu.saveCheckpoint({ folder: second, reference: true })).toEqual({ optimizerSteps: 2 });
      const back = await open(onCpu, "tied");
      await back.loadCheckpoint({ folder: second, optimizerSteps: 2, reference: true });
      expectNear(await trained(back, completions), await trained(cpu, completions));
      const names = Object.keys(await readSafetensors(join(second, "optimizer.safetensors")));
      expect(names.some((name) => name.endsWith(".exp_avg_sq"))).toBe(true);
      for (const policy of [cpu, gpu, back]) policy.dispose();
    });

    const inInt8 = async (policy: Policy): Promise<FinishedRow[]> => {
      const rows: FinishedRow[] = [];
      const request = { prompts, numGenerations: 2, maxCompletionLength: 6, sampling: {}, seed: 5, step: 0 };
      await policy.generate({ ...request, rollout: { precision: "int8" } }, (finished) => rows.push(...finished));
      return rows.toSorted((a, b) => a.row - b.row);
    };

    test.runIf(device === "webgpu")(
      "completions in 8 bits are drawn from nearly the same policy, also when it has changed",
      async () => {
        const gpu = await open(onDevice, "tied");
        const exactly = async (completions: readonly FinishedRow[]): Promise<readonly Float32Array[]> => {
          const rows = completions.map(({ row, tokenIds }) => ({
            promptIds: prompts[Math.floor(row / 2)] as number[],
            completionIds: tokenIds,
            advantage: row % 2 === 0 ? 1 : -1,
          }));
          return gpu.logProbabilities({ rows, which: "policy", temperature: 1 });
        };
        const drifts: number[] = [];
        for (let step = 0; step < 2; step++) {
          const sampled = await inInt8(gpu);
          const exact = await exactly(sampled);
          const drift = sampled.flatMap(({ logProbabilities }, row) =>
            logProbabilities.map((value, token) => Math.abs(value - (exact[row]?.[token] as number))),
          );
          drifts.push(drift.reduce((sum, value) => sum + value) / drift.length);
          await trained(gpu, sampled);
        }
        for (const drift of drifts) {
          expect(drift).toBeLessThan(0.05);
          // In float32 there would be nearly none.
          expect(drift).toBeGreaterThan(1e-5);
        }
        gpu.dispose();
      },
    );

    test.skipIf(device === "webgpu")("completions in 8 bits are refused", async () => {
      const policy = await open(onDevice, "tied");
      const message = `rollout.precision is int8, which the engine ${engineName} does not have.`;
      await expect(inInt8(policy)).rejects.toThrow(message);
      policy.dispose();
    });
  });
}
