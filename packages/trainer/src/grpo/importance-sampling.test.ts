import { expect, test } from "vitest";
import { importanceSampling, type ImportanceSamplingOptions, type SampledRow } from "./importance-sampling.js";

const bounds: ImportanceSamplingOptions = { mode: "token_truncate", clipMin: 0.5, clipMax: 2 };

/** A row whose tokens' ratios are the given ones. */
const row = (...ratios: number[]): SampledRow => ({
  oldLogProbabilities: ratios.map((ratio) => Math.log(ratio) - 1),
  samplingLogProbabilities: ratios.map(() => -1),
});

function expectRatios(actual: readonly Float32Array[], expected: readonly number[][]): void {
  actual.forEach((values, index) => {
    expect(values).toHaveLength((expected[index] as number[]).length);
    values.forEach((value, token) => expect(value).toBeCloseTo((expected[index] as number[])[token] as number, 5));
  });
}

test("token_truncate limits each token's ratio", () => {
  expectRatios(importanceSampling([row(1, 0.1), row(5, 1.5)], bounds).ratios, [
    [1, 0.5],
    [2, 1.5],
  ]);
});

test("token_mask drops tokens outside the bounds and tells how many", () => {
  const result = importanceSampling([row(1, 0.1), row(5, 1.5)], { ...bounds, mode: "token_mask" });
  expectRatios(result.ratios, [
    [1, 0],
    [0, 1.5],
  ]);
  expect(result.droppedFraction).toBe(0.5);
});

test("sequence_truncate limits the product of a completion's ratios", () => {
  const rows = [row(1.2, 1.5), row(3, 3)];
  expectRatios(importanceSampling(rows, { ...bounds, mode: "sequence_truncate" }).ratios, [
    [1.8, 1.8],
    [2, 2],
  ]);
});

test("sequence_mask drops whole completions, without a lower bound unless one is set", () => {
  const options = { mode: "sequence_mask", clipMin: null, clipMax: 3 } as const;
  const result = importanceSampling([row(0.01, 0.1), row(2, 2), row(1, 1.5)], options);
  expectRatios(result.ratios, [
    [0.001, 0.001],
    [0, 0],
    [1.5, 1.5],
  ]);
  expect(result.droppedFraction).toBeCloseTo(1 / 3, 12);
  expect(result.metrics["sampling/importance_sampling_ratio/min"]).toBe(0);
  expect(result.metrics["sampling/importance_sampling_ratio/max"]).toBeCloseTo(1.5, 6);
  expect(result.metrics["sampling/importance_sampling_ratio/mean"]).toBeCloseTo(1.501 / 3, 6);
});

test("tokens that do not count, and those that the sampler could not score, are not corrected", () => {
  const rows: SampledRow[] = [
    { oldLogProbabilities: [-1, -1, -1], samplingLogProbabilities: [-1.5, Number.NaN, -9], mask: [1, 1, 0] },
  ];
  const { ratios, metrics } = importanceSampling(rows, { ...bounds, clipMax: null });
  expectRatios(ratios, [[Math.exp(0.5), 1, 1]]);
  expect(metrics["sampling/sampling_logp_difference/mean"]).toBeCloseTo(0.5, 12);
  expect(metrics["sampling/sampling_logp_difference/max"]).toBeCloseTo(0.5, 12);
});

test("without any token the metrics are 0", () => {
  expect(Object.values(importanceSampling([], bounds).metrics)).toEqual([0, 0, 0, 0, 0, 0]);
});
