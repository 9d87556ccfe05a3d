import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { grpoConfigSchema, lossOptions, type GRPOConfigInput } from "../grpo/config.js";
import { loadModel, saveModel } from "../model/load.js";
import { tinyConfigJson, tinyModel } from "../model/tiny-model.test.fixture.js";
import type { LossSpec } from "./loss-spec.js";
import { loadPolicy, type Policy } from "./policy.js";
import type { EngineChoice } from "../device/open-engine.js";
import type { FinishedRow, TokenRow } from "./protocol.js";

let folder: string;
let small: string;
let large: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-policy-"));
  small = join(folder, "small");
  large = join(folder, "large");
  for (const [path, changes] of [
    [small, { tie_word_embeddings: true }],
    [large, { vocab_size: 1500, tie_word_embeddings: true }],
  ] as const) {
    const { parameters } = tinyModel(changes);
    await saveModel(path, { parameters, configJson: tinyConfigJson(changes) });
  }
});
afterAll(() => rm(folder, { recursive: true }));

const compiled: EngineChoice = { kind: "onnxruntime", threads: 2 };
const eager: EngineChoice = { kind: "tfjs", backend: "cpu" };

const rows: readonly TokenRow[] = [
  { promptIds: [3, 4, 5], completionIds: [6, 7, 8, 2], advantage: 1.2, oldLogProbabilities: [-3, -2.5, -3.5, -3] },
  { promptIds: [9], completionIds: [10, 2], advantage: -0.4, oldLogProbabilities: [-3.1, -2.9] },
  { promptIds: [3, 4], completionIds: [11, 12, 13], advantage: -0.8, oldLogProbabilities: [-2, -3, -4] },
];

const grpoLoss = (config: GRPOConfigInput = {}): LossSpec => ({
  kind: "grpo",
  options: lossOptions(grpoConfigSchema.parse(config)),
  temperature: 1,
  itemsInBatch: 9,
  gradientAccumulationSteps: 1,
  stepsPerGeneration: 1,
  entropyCoefficient: 0.01,
});

const update = { learningRate: 1e-2, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 };

const withPolicy = async <T>(
  engine: EngineChoice,
  use: (policy: Policy) => Promise<T>,
  model = small,
  reference = false,
): Promise<T> => {
  const policy = await loadPolicy({ model, engine, reference });
  try {
    return await use(policy);
  } finally {
    policy.dispose();
  }
};

/** Loss, metrics and gradient norm of one step, and the weights after it. */
const oneStep = (engine: EngineChoice, loss: LossSpec, model = small, batches = [rows]) =>
  withPolicy(
    engine,
    async (policy) => {
      const replies = [];
      for (const batch of batches) replies.push(await policy.accumulate({ rows: batch, loss }));
      const { gradNorm } = await policy.update(update);
      const saved = join(folder, `saved-${Math.random()}`);
      await policy.save({ folder: saved });
      const { parameters } = await loadModel(saved);
      return { loss: replies.reduce((sum, reply) => sum + reply.loss, 0), replies, gradNorm, parameters };
    },
    model,
  );

describe("a training step", () => {
  test.each([
    ["dapo with an entropy bonus", grpoLoss({ entropyCoef: 0.01 })],
    ["grpo at sequence level", grpoLoss({ lossType: "grpo", importanceSamplingLevel: "sequence" })],
    ["sft", { kind: "sft", itemsInBatch: 9 }],
  ] satisfies [string, LossSpec][])("compiled equals eager: %s", async (_, loss) => {
    const ours = await oneStep(compiled, loss);
    const judge = await oneStep(eager, loss);
    expect(ours.loss).toBeCloseTo(judge.loss, 4);
    expect(ours.gradNorm / judge.gradNorm).toBeCloseTo(1, 4);
    const metrics = ours.replies[0]?.metrics ?? {};
    expect(Object.keys(metrics).length).toBeGreaterThan(0);
    for (const [name, value] of Object.entries(metrics)) {
      expect(value, name).toBeCloseTo(judge.replies[0]?.metrics[name] ?? Number.NaN, 4);
    }
  });

  test("adds the gradients of micro-batches to that of the whole batch", async () => {
    const whole = await oneStep(compiled, grpoLoss());
    const parts = await oneStep(compiled, grpoLoss(), small, [rows.slice(0, 2), rows.slice(2)]);
    expect(parts.loss).toBeCloseTo(whole.loss, 5);
    expect(parts.gradNorm).toBeCloseTo(whole.gradNorm, 4);
  });

  test("moves every weight, against its gradient's sign by the learning rate at first", async () => {
    const { parameters } = await oneStep(compiled, grpoLoss());
    const before = await loadModel(small);
    for (const [name, { data }] of Object.entries(parameters)) {
      const moved = data.filter((value, index) => value !== before.parameters[name]?.data[index]);
      expect(moved.length, name).toBeGreaterThan(0);
      const distances = Array.from(data, (value, index) =>
        Math.abs(value - (before.parameters[name]?.data[index] ?? Number.NaN)),
      );
      expect(Math.max(...distances), name).toBeLessThanOrEqual(update.learningRate * 1.001);
    }
  });

  test("computes the embedding's gradient of a large vocabulary from the batch's ids", async () => {
    const ours = await oneStep(compiled, grpoLoss(), large);
    const judge = await oneStep(eager, grpoLoss(), large);
    expect(ours.loss).toBeCloseTo(judge.loss, 4);
    expect(ours.gradNorm / judge.gradNorm).toBeCloseTo(1, 4);
  });

  test("leaves no tensor behind on an eager engine", async () => {
    await withPolicy(eager, async (policy) => {
      await policy.accumulate({ rows, loss: grpoLoss() });
      const before = tf.memory().numTensors;
      await policy.accumulate({ rows, loss: grpoLoss() });
      expect(tf.memory().numTensors).toBe(before);
    });
  });

  test("is refused with a sentence where the loss is not finite", async () => {
    const extreme = rows.map((row) => ({ ...row, advantage: Number.POSITIVE_INFINITY }));
    await withPolicy(compiled, async (policy) => {
      await expect(policy.accumulate({ rows: extreme, loss: grpoLoss() })).rejects.toThrow(
        /The loss is -?(NaN|Infinity)/,
      );
    });
  });
});

describe("a policy", () => {
  const request = { prompts: [[3, 4, 5], [9]], numGenerations: 2, maxCompletionLength: 6, seed: 1, step: 0 };

  test("generates rows whose log-probabilities it finds again over the whole sequence", async () => {
    await withPolicy(compiled, async (policy) => {
      const finished: FinishedRow[] = [];
      const sampling = { temperature: 0.7 };
      await policy.generate({ ...request, sampling }, (more) => finished.push(...more));
      expect(finished.map(({ row }) => row).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
      const again = await policy.logProbabilities({
        rows: finished.map(({ row, tokenIds }) => ({
          promptIds: request.prompts[Math.floor(row / 2)]!,
          completionIds: tokenIds,
        })),
        which: "policy",
        temperature: 0.7,
      });
      finished.forEach(({ logProbabilities }, index) => {
        expect(again[index]).toHaveLength(logProbabilities.length);
        logProbabilities.forEach((value, token) => expect(again[index]?.[token]).toBeCloseTo(value, 4));
      });
    });
  });

  test("keeps a reference that training does not move, until it is synchronized", async () => {
    const difference = (a: readonly Float32Array[], b: readonly Float32Array[]): number =>
      Math.max(
        ...a.flatMap((row, index) => Array.from(row, (value, token) => Math.abs(value - (b[index]?.[token] ?? NaN)))),
      );
    await withPolicy(
      compiled,
      async (policy) => {
        const read = (which: "policy" | "reference") => policy.logProbabilities({ rows, which, temperature: 1 });
        const before = await read("reference");
        expect(difference(before, await read("policy"))).toBe(0);
        await policy.accumulate({ rows, loss: grpoLoss() });
        await policy.update(update);
        expect(difference(await read("reference"), before)).toBe(0);
        expect(difference(await read("policy"), before)).toBeGreaterThan(1e-3);
        await policy.syncReference({ alpha: 1 });
        expect(difference(await read("policy"), await read("reference"))).toBe(0);
      },
      small,
      true,
    );
  });
});
