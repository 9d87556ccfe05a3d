import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createScorer, datasetFromRows, defineReward } from "@pavlov/core";
import { expect, onTestFinished, test } from "vitest";
import { withPolicy } from "../policy/with-policy.js";
import { encodePrompts } from "../run/prompts.js";
import { grpoConfigSchema, type GRPOConfigInput } from "./config.js";
import { evaluatePolicy, type Evaluation } from "./evaluate-policy.js";
import { evaluate, evaluateSamplings } from "./evaluate.js";

const model = fileURLToPath(new URL("../../../../models/arithmetic", import.meta.url));
const dataset = datasetFromRows([{ prompt: "522+768=" }, { prompt: "939-666=" }, { prompt: "100+200=" }]);
const limits = { maxPositions: 256, maxCompletionLength: 64 };

const length = defineReward({
  name: "length",
  description: "Characters of the completion.",
  range: [0, 1000],
  score: ({ completion }) => completion.length,
});

test("one model is evaluated several times, each time as if alone", async () => {
  const config = { maxCompletionLength: 24, numGenerations: 2, limit: 2 };
  const options = { model, rewards: length, dataset, config };
  const [sampled, greedy] = await evaluateSamplings(options, [{}, { temperature: 0, numGenerations: 1 }]);
  expect(sampled?.completions).toHaveLength(4);
  expect(greedy?.completions).toHaveLength(2);
  expect(sampled).toEqual(await evaluate(options));
  expect(greedy).toEqual(await evaluate({ ...options, config: { ...config, temperature: 0, numGenerations: 1 } }));
});

test("a reward that fails ends the evaluation unless it is told otherwise", async () => {
  const fragile = defineReward({
    name: "fragile",
    description: "Fails on one completion.",
    range: [0, 1],
    score: ({ index }) => (index === 1 ? Number.NaN : 1),
  });
  const options = { model, rewards: fragile, dataset, config: { maxCompletionLength: 4 } };
  await expect(evaluate(options)).rejects.toThrow('Reward "fragile" returned NaN');
  const { metrics, completions } = await evaluate({ ...options, onError: "drop" });
  expect(metrics).toMatchObject({ "rewards/fragile/errors": 1, "rewards/unscored": 1 / 3, reward: 1 });
  expect(completions.map(({ total }) => total)).toEqual([1, null, 1]);
});

test("a folder keeps what cacheable rewards gave, and the metrics tell what was kept and what was used up", async () => {
  const rewardCache = await mkdtemp(join(tmpdir(), "pavlov-rewards-"));
  onTestFinished(() => rm(rewardCache, { recursive: true }));
  const costly = defineReward({
    name: "costly",
    description: "Characters of the completion, for money.",
    range: [0, 1000],
    cacheable: true,
    version: "1",
    score: ({ completion }) => ({ score: completion.length, usage: { cost: 2 } }),
  });
  const options = { model, rewards: costly, dataset, config: { maxCompletionLength: 4 }, rewardCache };
  const first = await evaluate(options);
  const again = await evaluate(options);
  expect(again.completions).toEqual(first.completions);
  const distinct = new Set(first.completions.map(({ completion }) => completion)).size;
  expect(first.metrics["rewards/costly/usage/cost"]).toBe(2 * distinct);
  expect(again.metrics["rewards/costly/cache_hits"]).toBe(3);
  expect(again.metrics).not.toHaveProperty("rewards/costly/usage/cost");
});

/** An evaluation, with the completions of each call that generates and of each that computes a loss. */
interface Watched extends Evaluation {
  readonly batches: readonly number[];
  readonly losses: readonly number[];
}

const inTraining = async (changes: GRPOConfigInput, allowed: { readonly maxRows?: number } = {}): Promise<Watched> => {
  const settings = { maxCompletionLength: 64, numGenerations: 4, perDeviceEvalBatchSize: 8, ...changes };
  const config = grpoConfigSchema.parse(settings);
  const scorer = createScorer(length);
  const batches: number[] = [];
  const losses: number[] = [];
  const request = { model, engine: { kind: "onnxruntime" }, reference: config.beta !== 0 } as const;
  const evaluation = await withPolicy(request, async (policy, tokenizer) =>
    evaluatePolicy({
      policy: {
        ...policy,
        generate: (call, onFinished, signal) => {
          batches.push(call.prompts.length * call.numGenerations);
          return policy.generate(call, onFinished, signal);
        },
        accumulate: (call) => {
          losses.push(call.rows.length);
          return policy.accumulate(call);
        },
      },
      tokenizer,
      scorer,
      prompts: await encodePrompts(dataset, tokenizer, limits),
      config,
      numGenerations: 4,
      step: 0,
      training: { config, entropyCoefficient: 0, ...allowed },
    }),
  );
  await scorer.dispose();
  return { ...evaluation, batches, losses };
};

/** `-Σ advantage · tokens / Σ tokens` of one batch: the loss of `dapo` where the policy has not changed. */
const lossOf = (batch: Evaluation["completions"]): number => {
  let [sum, tokens] = [0, 0];
  for (let start = 0; start < batch.length; start += 4) {
    const group = batch.slice(start, start + 4);
    const totals = group.map(({ total }) => total ?? Number.NaN);
    const mean = totals.reduce((a, b) => a + b, 0) / 4;
    const deviation = Math.sqrt(totals.reduce((a, b) => a + (b - mean) ** 2, 0) / 3);
    group.forEach((completion, index) => {
      sum += (((totals[index] as number) - mean) / (deviation + 1e-4)) * completion.tokens;
      tokens += completion.tokens;
    });
  }
  return -sum / tokens;
};

test("evaluation in training generates at once and computes the loss of perDeviceEvalBatchSize completions", async () => {
  const { metrics, completions, batches, losses } = await inTraining({ lossType: "dapo", beta: 0.1 });
  expect(batches).toEqual([12]);
  expect(losses).toEqual([8, 4]);
  // The mean over the batches, by their completions.
  const expected = (8 * lossOf(completions.slice(0, 8)) + 4 * lossOf(completions.slice(8))) / 12;
  expect(Math.abs(expected)).toBeGreaterThan(1e-3);
  expect(metrics["loss"]).toBeCloseTo(expected, 4);
  expect(metrics["entropy"]).toBeGreaterThan(0);
  expect(metrics["kl"]).toBeCloseTo(0, 6);
  expect(metrics["clip_ratio/region_mean"]).toBe(0);
  expect(metrics["frac_reward_zero_std"]).toEqual(expect.any(Number));
  expect(Object.keys(metrics).filter((name) => name.startsWith("count/"))).toEqual([]);
});

test("a group that is larger than perDeviceEvalBatchSize stays together", async () => {
  const { losses } = await inTraining({ perDeviceEvalBatchSize: 2 });
  expect(losses).toEqual([4, 4, 4]);
});

test("completions wait where only a few may be generated at the same time, and are the same", async () => {
  const [few, all] = [await inTraining({}, { maxRows: 4 }), await inTraining({})];
  expect(few.batches).toEqual([12]);
  expect(few.completions).toEqual(all.completions);
  expect(few.metrics["loss"]).toBeCloseTo(all.metrics["loss"] as number, 5);
});
