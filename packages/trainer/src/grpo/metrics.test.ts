import { expect, test } from "vitest";
import { MetricWindow } from "./metric-window.js";
import { completionMetrics, evaluationNames, isTruncated, rewardMetrics } from "./metrics.js";

test("lengths are told over all completions and over those that ended", () => {
  expect(completionMetrics({ lengths: [4, 10, 6, 16], truncated: [false, false, false, true] })).toEqual({
    "completions/mean_length": 9,
    "completions/min_length": 4,
    "completions/max_length": 16,
    "completions/clipped_ratio": 0.25,
    "completions/mean_terminated_length": 20 / 3,
    "completions/min_terminated_length": 4,
    "completions/max_terminated_length": 10,
  });
});

test("a batch of many completions has its lengths told too", () => {
  const lengths = Array.from({ length: 200_000 }, (_, index) => 1 + (index % 7));
  const metrics = completionMetrics({ lengths, truncated: lengths.map(() => false) });
  expect(metrics["completions/min_length"]).toBe(1);
  expect(metrics["completions/max_terminated_length"]).toBe(7);
});

test("terminated lengths are 0 when no completion ended", () => {
  const metrics = completionMetrics({ lengths: [5, 5], truncated: [true, true] });
  expect(metrics["completions/clipped_ratio"]).toBe(1);
  expect(metrics["completions/max_terminated_length"]).toBe(0);
});

test("a completion is cut unless its last token ends or pads", () => {
  const tokens = { eosTokenIds: [2, 7], padTokenId: 0 };
  expect([[5, 2], [5, 7], [5, 0], [2, 5], []].map((ids) => isTruncated(ids, tokens))).toEqual([
    false,
    false,
    false,
    true,
    true,
  ]);
});

test("reward metrics use raw scores without abstentions, and totals over the whole batch", () => {
  const metrics = rewardMetrics({
    names: ["correct", "silent"],
    scores: [
      [1, null],
      [0, null],
      [null, null],
      [1, null],
    ],
    totals: [2, 0, null, 1],
    fracRewardZeroStd: 0.25,
  });
  expect(metrics["rewards/correct/mean"]).toBeCloseTo(2 / 3, 12);
  expect(metrics["rewards/correct/std"]).toBeCloseTo(Math.sqrt(1 / 3), 12);
  expect(metrics["rewards/silent/mean"]).toBeNaN();
  expect(metrics["reward"]).toBe(1);
  expect(metrics["reward_std"]).toBe(1);
  expect(metrics["frac_reward_zero_std"]).toBe(0.25);
});

test("evaluation metrics carry TRL's prefix", () => {
  expect(evaluationNames({ reward: 1 })).toEqual({ eval_reward: 1 });
});

test("a window averages what is there, and is null where nothing was", () => {
  const window = new MetricWindow();
  window.add({ kl: 1, silent: Number.NaN, "count/tokens": 7 });
  window.add({ kl: 3, silent: Number.NaN });
  window.add({ kl: Number.NaN, late: 5 });
  window.set({ learning_rate: 0.1 });
  window.set({ learning_rate: 0.2, grad_norm: Number.NaN });
  expect(window.take()).toEqual({ kl: 2, silent: null, late: 5, learning_rate: 0.2, grad_norm: null });
  expect(window.take()).toEqual({});
});

test("a window goes on where a checkpoint left it", () => {
  const window = new MetricWindow();
  window.add({ kl: 1, silent: Number.NaN });
  window.set({ num_tokens: 10 });
  const resumed = new MetricWindow(JSON.parse(JSON.stringify(window.state())));
  for (const each of [window, resumed]) each.add({ kl: 2 });
  expect(resumed.take()).toEqual(window.take());
});
