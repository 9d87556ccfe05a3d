import { expect, test } from "vitest";
import { benchFigures, figureLines, type BenchSetting, type StepMetrics } from "./figures.js";

const setting: BenchSetting = {
  ...{ generations: 8, prompts: 2, new: 64, steps: 3, micro: 0, lora: 0, lr: 1e-6 },
  ...{ precision: "float32", pass: "auto", checkpointing: false },
  ...{ engine: "onnxruntime", threads: 2, cpu: "a processor", peakKilobytes: 3 * 2 ** 20 },
};

const step = (seconds: number, more: StepMetrics = {}): StepMetrics => ({
  ...{ step_time: seconds, "time/generate": seconds / 2, "time/score": 0.5, "time/train": 2, "time/optimizer": 0.25 },
  ...{ "completions/mean_length": 64, loss: 0.1, reward: -7.5 },
  ...more,
});

test("the first step warms up and is in no mean, but in the lists", () => {
  const figures = benchFigures([step(100), step(8), step(12)], setting);
  expect(figures).toMatchObject({ step_s: 10, generate_s: 5, score_s: 0.5, train_s: 2, optimizer_s: 0.25 });
  expect(figures).toMatchObject({ steps: [100, 8, 12], loss: [0.1, 0.1, 0.1], reward: [-7.5, -7.5, -7.5] });
  expect(figures).toMatchObject({ peak_rss_gb: 3, micro: 16 });
});

test("tokens a second are those that were generated", () => {
  expect(benchFigures([step(1), step(8), step(12)], setting)).toMatchObject({ generate_tok_s: 204.8, tok_s: 102.4 });
  const short = { "completions/mean_length": 32 };
  expect(benchFigures([step(1), step(8, short), step(12, short)], setting).generate_tok_s).toBe(102.4);
});

test("what only some rollouts have is null without them", () => {
  expect(benchFigures([step(1), step(8)], setting)).toMatchObject({ refresh_s: null, drift: null, dropped: null });
  const int8 = { "sampling/sampling_logp_difference/mean": 0.03, "sampling/dropped_fraction": 0.01 };
  const figures = benchFigures([step(1), step(8, { ...int8, "time/rollout_refresh": 0.4 })], {
    ...setting,
    precision: "int8",
  });
  expect(figures).toMatchObject({ precision: "int8", refresh_s: 0.4, drift: 0.03, dropped: 0.01 });
  expect(figureLines(figures).join("\n")).toMatch(
    /refreshing weights +0\.40 s[^]*0\.0300 nats off in int8, 1\.0 % dropped/,
  );
});

test("a step whose loss could not be told is null there", () => {
  expect(benchFigures([step(1), step(8, { loss: null })], setting).loss).toEqual([0.1, null]);
});
