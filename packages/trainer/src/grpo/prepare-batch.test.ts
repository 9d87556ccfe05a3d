import { expect, test } from "vitest";
import { grpoConfigSchema, type GRPOConfigInput } from "./config.js";
import { prepareBatch } from "./prepare-batch.js";

const info = {
  parameters: 0,
  trainableParameters: 0,
  engine: "none",
  device: "cpu" as const,
  skippedDevices: [],
  loadSeconds: 0,
  maxPositions: 64,
  vocabularySize: 16,
  eosTokenIds: [2],
  padTokenId: 0,
};

const row = { prompt: "a", columns: {}, location: { file: "memory", line: 1 } };

/** Two completions of one prompt, the second cut, under a policy that gives every token -1. */
const prepare = (
  config: GRPOConfigInput,
  logProbabilities: readonly number[][],
  sampledElsewhere: boolean,
  needsOldLogProbabilities = false,
) =>
  prepareBatch({
    policy: {
      info,
      logProbabilities: async ({ rows }) => rows.map(({ completionIds }) => completionIds.map(() => -1)).map(floats),
    },
    batch: {
      rollouts: [
        [5, 2],
        [5, 6, 7],
      ].map((tokenIds, index) => ({
        prompt: { ids: [3, 4], text: "a", messages: [], row },
        tokenIds,
        logProbabilities: logProbabilities[index] ?? [],
        finishReason: tokenIds.includes(2) ? "stop" : "length",
        completion: "b",
      })),
      scored: {
        names: ["right"],
        scores: [[1], [0]],
        total: [1, 0],
        reasons: [[undefined], [undefined]],
        metrics: [[undefined], [undefined]],
        failures: [[undefined], [undefined]],
      },
      sampledElsewhere,
      generateSeconds: 0,
      scoreSeconds: 0,
    },
    config: grpoConfigSchema.parse({ numGenerations: 2, perDeviceTrainBatchSize: 2, ...config }),
    weights: [1],
    combined: false,
    numGenerations: 2,
    microBatchSize: 1,
    needsOldLogProbabilities,
  });

const floats = (values: readonly number[]): Float32Array => Float32Array.from(values);
const elsewhere = [
  [-1.5, -1.25],
  [-2, -2, -2],
];

test("completions of the policy itself need neither old log-probabilities nor a correction", async () => {
  const { rows, itemsInBatch, tokens } = await prepare({}, elsewhere, false);
  expect(rows.map((prepared) => Object.keys(prepared))).toEqual(
    [0, 1].map(() => ["promptIds", "completionIds", "masked", "advantage"]),
  );
  expect([itemsInBatch, tokens]).toEqual([5, 9]);
});

test("a completion is weighed by how much likelier the training pass finds it, and dropped above the bound", async () => {
  const { rows, metrics } = await prepare({}, elsewhere, true, true);
  expect(rows[0]?.importanceRatio?.[0]).toBeCloseTo(Math.exp(0.75), 6);
  expect(rows[1]?.importanceRatio).toEqual(floats([0, 0, 0]));
  expect(rows.map(({ oldLogProbabilities }) => oldLogProbabilities)).toEqual([floats([-1, -1]), floats([-1, -1, -1])]);
  expect(metrics["sampling/importance_sampling_ratio/min"]).toBe(0);
  expect(metrics["sampling/sampling_logp_difference/max"]).toBe(1);
});

test("where nothing else needs old log-probabilities, the correction is left to the training pass", async () => {
  const { rows, metrics, correction } = await prepare({ importanceSamplingMode: "token_mask" }, elsewhere, true);
  expect(correction).toEqual({ mode: "token_mask", clipMin: null, clipMax: 3 });
  expect(rows.map(({ samplingLogProbabilities }) => samplingLogProbabilities)).toEqual(elsewhere);
  expect(rows[0]).not.toHaveProperty("oldLogProbabilities");
  expect(metrics).not.toHaveProperty("sampling/importance_sampling_ratio/mean");
});

test("a masked completion is not corrected and does not move the sampling metrics", async () => {
  const { rows, metrics, itemsInBatch } = await prepare({ maskTruncatedCompletions: true }, elsewhere, true, true);
  expect(rows[1]?.importanceRatio).toEqual(floats([1, 1, 1]));
  expect(metrics["sampling/sampling_logp_difference/max"]).toBe(0.5);
  expect(itemsInBatch).toBe(2);
});

test("without importanceSamplingCorrection nothing is corrected", async () => {
  const { rows, metrics } = await prepare({ importanceSamplingCorrection: false }, elsewhere, true);
  expect(rows[0]).not.toHaveProperty("importanceRatio");
  expect(metrics).not.toHaveProperty("sampling/importance_sampling_ratio/mean");
});

test("the off-policy mask sees the sampler's own log-probabilities", async () => {
  const { rows } = await prepare({ offPolicyMaskThreshold: 0.5 }, elsewhere, true);
  expect(rows.map(({ samplingLogProbabilities }) => samplingLogProbabilities)).toEqual(elsewhere);
});

test("the off-policy mask needs no importanceSamplingCorrection", async () => {
  const changes = { offPolicyMaskThreshold: 0.5, importanceSamplingCorrection: false };
  const { rows } = await prepare(changes, elsewhere, true);
  expect(rows.map(({ samplingLogProbabilities }) => samplingLogProbabilities)).toEqual(elsewhere);
  expect(rows[0]).not.toHaveProperty("oldLogProbabilities");
});

test("a token whose sampler told no log-probability has no drift for the off-policy mask", async () => {
  const gaps = [
    [-1.5, Number.NaN],
    [-2, -2, -2],
  ];
  for (const importanceSamplingCorrection of [true, false]) {
    const { rows } = await prepare({ offPolicyMaskThreshold: 0.5, importanceSamplingCorrection }, gaps, true);
    expect(rows[0]?.samplingLogProbabilities).toEqual([-1.5, -1]);
  }
});
