import { expect, test } from "vitest";
import { benchFigures, figureLines, type BenchFigures, type BenchSetting, type StepMetrics } from "./figures.js";

const setting: BenchSetting = {
  ...{ generations: 8, prompts: 2, new: 64, steps: 3, micro: 0, lora: 0, lr: 1e-6 },
  ...{ precision: "float32", pass: "auto", checkpointing: false },
  ...{ engine: "onnxruntime", device: "cpu", threads: 2, cpu: "a processor", peakKilobytes: 3 * 2 ** 20 },
  ...{ deviceBytes: null, loadSeconds: 1.5, saveSeconds: null },
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
  expect(figureLines(figures, 80).join("\n")).toMatch(
    /refreshing weights +0\.40 s[^]*0\.0300 nats off in int8, 1\.0 % dropped/,
  );
});

/** What a step on a GPU logs beside the rest. */
const crossing = {
  ...{ "transfer/bytes_to_device": 1_500_000, "transfer/bytes_from_device": 20_480, "transfer/count": 57 },
  "time/transfer": 0.125,
};

/** The parts that a step is split into. */
const partsOf = (figures: BenchFigures): number =>
  figures.generate_s +
  figures.score_s +
  figures.train_s +
  figures.optimizer_s +
  (figures.transfer_s ?? 0) +
  figures.rest_s;

test("the parts of a step add up to it", () => {
  for (const more of [{}, crossing]) {
    const figures = benchFigures([step(1), step(8.0004, more), step(12.0003, more)], setting);
    expect(partsOf(figures)).toBeCloseTo(figures.step_s, 6);
  }
});

test("what crosses to and from a GPU is told, and nothing of it on a CPU", () => {
  const onCpu = benchFigures([step(1), step(8)], setting);
  expect(onCpu).toMatchObject({
    device: "cpu",
    transfer_s: null,
    to_device_mb: null,
    crossings: null,
    device_mb: null,
  });
  expect(onCpu).toMatchObject({ load_s: 1.5, save_s: null });
  expect(figureLines(onCpu, 80).join("\n")).not.toMatch(/transfers|saving|GPU/);
  const measured = { engine: "onnxruntime webgpu", device: "webgpu", deviceBytes: 2.5e9, saveSeconds: 0.75 };
  const onGpu = benchFigures([step(1), step(8, crossing)], { ...setting, ...measured });
  expect(onGpu).toMatchObject({ device: "webgpu", transfer_s: 0.125, rest_s: 1.125, crossings: 57 });
  expect(onGpu).toMatchObject({ to_device_mb: 1.5, from_device_mb: 0.02048, device_mb: 2500, save_s: 0.75 });
  expect(figureLines(onGpu, 80).join("\n")).toMatch(
    /transfers +0\.13 s  2 %, 1\.5 MB there, 20\.5 kB back, 57 tensors\n.*the rest[^]*files to webgpu\nsaving +0\.75 s\n[^]*of the GPU +2\.50 GB/,
  );
});

test("where all crosses within the runs its seconds are not told", () => {
  const { "time/transfer": _, ...untimed } = crossing;
  const figures = benchFigures([step(1), step(8, untimed)], { ...setting, device: "cuda" });
  expect(figures).toMatchObject({ transfer_s: null, crossings: 57 });
  expect(figureLines(figures, 80).join("\n")).toMatch(/transfers +- s  within the runs, 1\.5 MB there/);
});

test("a step whose loss could not be told is null there", () => {
  expect(benchFigures([step(1), step(8, { loss: null })], setting).loss).toEqual([0.1, null]);
});
