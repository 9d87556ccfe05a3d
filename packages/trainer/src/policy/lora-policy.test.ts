import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createOnnxRuntimeEngine } from "../engine/onnxruntime/engine.js";
import { grpoConfigSchema, lossOptions } from "../grpo/config.js";
import { loadModel, saveModel } from "../model/load.js";
import { tinyAdapter, type TinyAdapter } from "../model/lora/lora.test.fixture.js";
import { mergeAdapter } from "../model/lora/merge.js";
import type { NewLora } from "../model/lora/settings.js";
import { tinyConfigJson } from "../model/tiny-model.test.fixture.js";
import { globalNorm } from "../optimize/clip.js";
import type { LossSpec } from "./loss-spec.js";
import { loadPolicy, type Policy } from "./policy.js";
import type { EngineChoice } from "../device/open-engine.js";
import type { FinishedRow, LoadRequest, TokenRow } from "./protocol.js";
import { loadWeights } from "./weights.js";
import { createWholePass } from "./whole-pass.js";

let folder: string;
let tiny: TinyAdapter;
let merged: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-lora-"));
  tiny = await tinyAdapter(folder);
  merged = join(folder, "merged");
  await saveModel(merged, { parameters: mergeAdapter(tiny.base, tiny.parameters, 3), configJson: tinyConfigJson() });
});
afterAll(() => rm(folder, { recursive: true }));

const compiled: EngineChoice = { kind: "onnxruntime", threads: 2 };
const eager: EngineChoice = { kind: "tfjs", backend: "cpu" };

const rows: readonly TokenRow[] = [
  { promptIds: [3, 4, 5], completionIds: [6, 7, 8, 2], advantage: 1.2 },
  { promptIds: [9], completionIds: [10, 2], advantage: -0.4 },
  { promptIds: [3, 4], completionIds: [11, 12, 13], advantage: -0.8 },
];
const update = { learningRate: 1e-2, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 };
const supervised: LossSpec = { kind: "sft", itemsInBatch: 9 };
const policyLoss: LossSpec = {
  kind: "grpo",
  options: lossOptions(grpoConfigSchema.parse({})),
  temperature: 1,
  itemsInBatch: 9,
  gradientAccumulationSteps: 1,
  stepsPerGeneration: 1,
  entropyCoefficient: 0,
};
const newLora: NewLora = {
  rank: 4,
  alpha: 8,
  useRslora: false,
  targetModules: "all-linear",
  initLoraWeights: true,
  seed: 3,
};

const using = async <T>(request: Partial<LoadRequest>, use: (policy: Policy) => Promise<T>): Promise<T> => {
  const policy = await loadPolicy({ model: tiny.model, engine: compiled, reference: false, ...request });
  try {
    return await use(policy);
  } finally {
    policy.dispose();
  }
};

const read = (policy: Policy, which: "policy" | "reference" = "policy") =>
  policy.logProbabilities({ rows, which, temperature: 1 });

const sample = async (policy: Policy): Promise<readonly FinishedRow[]> => {
  const finished: FinishedRow[] = [];
  const request = { prompts: [[3, 4, 5], [9]], numGenerations: 2, maxCompletionLength: 6, seed: 1, step: 0 };
  await policy.generate({ ...request, sampling: { temperature: 0.8 } }, (more) => finished.push(...more));
  return finished.toSorted((a, b) => a.row - b.row);
};

const largestDifference = (a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): number =>
  Math.max(
    ...a.flatMap((row, index) =>
      Array.from(row, (value, token) => Math.abs(value - (b[index]?.[token] ?? Number.NaN))),
    ),
  );

describe("an adapter", () => {
  test("gives the log-probabilities and the samples of the model that it is merged into", async () => {
    const whole = await using({ model: merged }, async (policy) => ({
      read: await read(policy),
      sampled: await sample(policy),
    }));
    const adapted = await using({ adapter: tiny.adapter }, async (policy) => ({
      read: await read(policy),
      sampled: await sample(policy),
    }));
    const base = await using({}, read);
    expect(largestDifference(adapted.read, whole.read)).toBeLessThan(1e-5);
    expect(largestDifference(base, whole.read)).toBeGreaterThan(0.05);
    expect(adapted.sampled.map(({ tokenIds }) => tokenIds)).toEqual(whole.sampled.map(({ tokenIds }) => tokenIds));
  });

  test("begins as the base model, which is its reference", async () => {
    const base = await using({}, read);
    await using({ lora: newLora, reference: true }, async (policy) => {
      expect(largestDifference(await read(policy), base)).toBe(0);
      expect(largestDifference(await read(policy, "reference"), base)).toBe(0);
      await policy.accumulate({ rows, loss: policyLoss });
      await policy.update(update);
      expect(largestDifference(await read(policy), base)).toBeGreaterThan(1e-4);
      expect(largestDifference(await read(policy, "reference"), base)).toBe(0);
      await expect(policy.syncReference({ alpha: 1 })).rejects.toThrow("A reference cannot follow an adapter");
    });
  });

  test("that is trained on is compared with itself as it was", async () => {
    await using({ adapter: tiny.adapter, reference: true }, async (policy) => {
      const before = await read(policy);
      expect(largestDifference(await read(policy, "reference"), before)).toBe(0);
      await policy.accumulate({ rows, loss: policyLoss });
      await policy.update(update);
      expect(largestDifference(await read(policy, "reference"), before)).toBe(0);
      expect(largestDifference(await read(policy), before)).toBeGreaterThan(1e-4);
    });
  });

  test("has gradients that agree with finite differences of the loss, weight by weight", async () => {
    const engine = await createOnnxRuntimeEngine({ threads: 1 });
    const weights = await loadWeights(engine, {
      ...{ model: tiny.model, adapter: tiny.adapter },
      engine: compiled,
      reference: false,
    });
    const pass = createWholePass({ ...weights, engine, parameters: weights.shapes, padTokenId: 0 });
    const { gradients } = await pass.accumulate({ rows, loss: supervised }, weights.all);
    expect(Object.keys(gradients ?? {})).toEqual(Object.keys(weights.trained));
    for (const [name, gradient] of Object.entries(gradients ?? {})) {
      const direction = gradient.data as Float32Array;
      const norm = globalNorm([direction]);
      const values = weights.all[name]?.data as Float32Array;
      const start = values.slice();
      const lossAt = async (distance: number): Promise<number> => {
        values.set(start.map((value, index) => value + (distance * (direction[index] as number)) / norm));
        return (await pass.accumulate({ rows, loss: supervised, evaluate: true }, weights.all)).loss;
      };
      const step = 0.01;
      const slope = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
      values.set(start);
      expect(norm, name).toBeGreaterThan(1e-3);
      expect(Math.abs(slope / norm - 1), name).toBeLessThan(0.01);
    }
    pass.release();
    weights.dispose();
    engine.dispose();
  });

  test.each([
    ["supervised", supervised],
    ["policy", policyLoss],
  ])("is trained alike by the compiled and the eager engine: %s", async (_, loss) => {
    const step = (engine: EngineChoice) =>
      using({ adapter: tiny.adapter, engine }, async (policy) => {
        const reply = await policy.accumulate({ rows, loss });
        return { loss: reply.loss, ...(await policy.update(update)) };
      });
    const [ours, judge] = [await step(compiled), await step(eager)];
    expect(ours.loss).toBeCloseTo(judge.loss, 5);
    expect(ours.gradNorm / judge.gradNorm).toBeCloseTo(1, 4);
  });

  test("is trained alike by both passes, and has the same reference", async () => {
    const step = (pass: "whole" | "layered") =>
      using({ lora: newLora, pass, reference: true }, async (policy) => {
        const norms: number[] = [];
        for (const loss of [policyLoss, supervised]) {
          await policy.accumulate({ rows, loss });
          norms.push((await policy.update(update)).gradNorm);
        }
        return { norms, after: await read(policy), reference: await read(policy, "reference") };
      });
    const [whole, layered] = [await step("whole"), await step("layered")];
    for (const [index, norm] of whole.norms.entries()) expect((layered.norms[index] ?? 0) / norm).toBeCloseTo(1, 4);
    expect(largestDifference(layered.after, whole.after)).toBeLessThan(1e-3);
    expect(largestDifference(layered.reference, whole.reference)).toBeLessThan(1e-5);
  });

  test("is what a rollout samples from after each update, while the base stays as it was", async () => {
    await using({ lora: newLora }, async (policy) => {
      for (let step = 0; step < 3; step++) {
        await policy.accumulate({ rows, loss: supervised });
        await policy.update({ ...update, learningRate: 0.1 });
        const finished = await sample(policy);
        const again = await policy.logProbabilities({
          rows: finished.map(({ row, tokenIds }) => ({
            promptIds: row < 2 ? [3, 4, 5] : [9],
            completionIds: tokenIds,
          })),
          which: "policy",
          temperature: 0.8,
        });
        expect(
          largestDifference(
            finished.map(({ logProbabilities }) => logProbabilities),
            again,
          ),
        ).toBeLessThan(1e-4);
      }
    });
    expect(await using({}, read)).toEqual(await using({}, read));
  });

  test("gives back the merged weights where memory is short, and merges them again", async () => {
    const engine = await createOnnxRuntimeEngine({ threads: 1 });
    const request = { model: tiny.model, adapter: tiny.adapter, engine: compiled, reference: false };
    const weights = await loadWeights(engine, request);
    const name = "model.layers.1.mlp.up_proj.weight";
    const before = await weights.rollout();
    const values = await before[name]?.read();
    expect(values).not.toEqual(await weights.all[name]?.read());
    expect((await weights.rollout())[name]).toBe(before[name]);
    weights.releaseRollout();
    expect(() => before[name]?.data).toThrow("after dispose()");
    expect(await (await weights.rollout())[name]?.read()).toEqual(values);
    expect(before["model.norm.weight"]).toBe(weights.all["model.norm.weight"]);
    weights.dispose();
    engine.dispose();
  });

  test("is saved alone and loaded again without loss", async () => {
    const saved = join(folder, "saved");
    const trained = await using({ lora: newLora }, async (policy) => {
      await policy.accumulate({ rows, loss: supervised });
      await policy.update(update);
      await policy.save({ folder: saved });
      expect(policy.info.trainableParameters).toBeLessThan(policy.info.parameters);
      return read(policy);
    });
    expect(largestDifference(await using({ adapter: saved }, read), trained)).toBe(0);
    const config = JSON.parse(await readFile(join(saved, "adapter_config.json"), "utf8")) as Record<string, unknown>;
    expect(config).toMatchObject({
      ...{ peft_type: "LORA", task_type: "CAUSAL_LM", r: 4, lora_alpha: 8, bias: "none" },
      base_model_name_or_path: tiny.model,
    });
    await expect(loadModel(saved)).rejects.toThrow("config.json");
  });

  test("keeps its own settings: options that say something else are refused", async () => {
    const request = { adapter: tiny.adapter, lora: newLora };
    await expect(using(request, read)).rejects.toThrow(/lora\.rank is 4, but the adapter .* has 2\./);
    const same = { ...newLora, rank: 2, alpha: 6 };
    await expect(using({ ...request, lora: { ...same, targetModules: ["q_proj"] } }, read)).rejects.toThrow(
      "lora.targetModules names 2 projections, but the adapter",
    );
    expect(await using({ ...request, lora: same }, read)).toHaveLength(3);
  });
});
