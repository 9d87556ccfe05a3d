import type { TrainEvent } from "@pavlov/trainer";
import { describe, expect, test } from "vitest";
import { chooseColors } from "./colors.js";
import { advance, isWorthALine, plainLine, progressLine, rewardMeans, sparkline, startProgress } from "./progress.js";
import { columnsOf } from "./text.js";

const plain = chooseColors({ wanted: false, isTerminal: false, environment: {} });
const coloured = chooseColors({ wanted: true, isTerminal: true, environment: {} });

function stepEvent(metrics: Record<string, number | null> = {}): TrainEvent & { type: "step" } {
  return {
    type: "step",
    step: 42,
    maxSteps: 150,
    metrics: {
      reward: 0.9,
      "rewards/correct/mean": 0.7123,
      "rewards/correct/std": 0.3,
      "rewards/format/mean": 0.93,
      kl: null,
      entropy: 0.21,
      ...metrics,
    },
    tokensPerSecond: 9123,
    secondsLeft: 52,
  };
}

const start = (method: "grpo" | "sft"): TrainEvent => ({
  ...{ type: "start", parameters: 1, rows: 1, maxSteps: 150, engine: "", device: "cpu", loadSeconds: 1, output: null },
  method,
});

/** The state after a step. */
function at(step: TrainEvent & { type: "step" }, method: "grpo" | "sft" = "grpo") {
  return { ...advance(advance(startProgress(0), start(method), 0), step, 1000), step };
}

describe("the live line", () => {
  const progress = advance(startProgress(0), stepEvent(), 1000);

  test("shows the step, each reward's mean, the entropy, the speed and the time left", () => {
    expect(progressLine(progress, 79, plain, 1000)).toBe(
      " 42/150  correct 0.71  format 0.93  entropy 0.21  9.1k tok/s  52 s left",
    );
  });
  test("draws a bar where there is room", () => {
    const line = progressLine(progress, 119, plain, 1000);
    expect(line).toContain("━━━━━━━━──────────────────────");
    expect(columnsOf(line)).toBeLessThanOrEqual(119);
  });
  test("shows KL instead of the entropy where there is one", () => {
    const withKL = advance(startProgress(0), stepEvent({ kl: 0.0123 }), 1000);
    expect(progressLine(withKL, 119, plain, 1000)).toContain("KL 0.01");
    expect(progressLine(withKL, 119, plain, 1000)).not.toContain("entropy");
  });
  test.each([20, 30, 40, 60, 79, 119, 200])("is never wider than %i columns and keeps step and time left", (width) => {
    const line = progressLine(progress, width, coloured, 1000);
    expect(columnsOf(line)).toBeLessThanOrEqual(width);
    expect(line).toContain("42/150");
    expect(line).toContain("52 s left");
  });
  test("with twenty rewards drops the last ones before the first", () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`rewards/extra${index}/mean`, 0.5]));
    const line = progressLine(advance(startProgress(0), stepEvent(many), 0), 79, plain, 0);
    expect(columnsOf(line)).toBeLessThanOrEqual(79);
    expect(line).toContain("correct 0.71");
    expect(line).not.toContain("extra19");
  });
  test("shows what a slow step is doing, and not what a quick one does", () => {
    const event = { type: "progress", step: 43, maxSteps: 150, phase: "generate", done: 24, total: 128 } as const;
    const within = advance(progress, event, 1200);
    expect(progressLine(within, 119, plain, 1300)).not.toContain("generating");
    expect(progressLine(within, 119, plain, 9000)).toContain("generating 24/128");
  });
  test("shows an evaluation outside of the run alone, before the first step and after the last", () => {
    const event = { type: "progress", step: 0, maxSteps: 0, phase: "evaluate", done: 50, total: 200 } as const;
    for (const earlier of [startProgress(0), progress]) {
      expect(progressLine(advance(earlier, event, 0), 60, plain, 0)).toBe(
        "━━━━━━━━──────────────────────  evaluating 50/200",
      );
    }
  });
  test("is empty before anything happened", () => {
    expect(progressLine(startProgress(0), 80, plain, 0)).toBe("");
  });
  test("shows loss and accuracy of supervised training", () => {
    const event: TrainEvent = {
      ...stepEvent(),
      metrics: { loss: 0.52, mean_token_accuracy: 0.8125, learning_rate: 1e-3, entropy: 1 },
    };
    const line = progressLine(advance(advance(startProgress(0), start("sft"), 0), event, 0), 119, plain, 0);
    expect(line).toContain("loss 0.52  accuracy 0.813");
  });
});

describe("a step that trains on completions of an earlier one", () => {
  const trainOnly = { ...stepEvent(), step: 43, metrics: { loss: 0.0123, entropy: 0.2, kl: null }, tokensPerSecond: 0 };
  const progress = advance(at(stepEvent()), trainOnly, 2000);

  test("leaves the last rewards and their speed on the live line, beside its own entropy", () => {
    expect(progressLine(progress, 79, plain, 2000)).toBe(
      " 43/150  correct 0.71  format 0.93  entropy 0.20  9.1k tok/s  52 s left",
    );
  });
  test("adds no loss to the curve of rewards", () => {
    expect(progress.history).toEqual([0.9]);
    expect(advance(at({ ...trainOnly, metrics: { reward: null, loss: 1 } }), stepEvent(), 0).history).toEqual([0.9]);
  });
  test("leaves the count of abstentions as it was", () => {
    const abstained = at(stepEvent({ "rewards/correct/abstained": 8 }));
    expect(advance(abstained, trainOnly, 0).abstained).toEqual({ correct: 8 });
    const more = stepEvent({ "rewards/correct/abstained": 2, "rewards/format/abstained": 1 });
    expect(advance(abstained, more, 0).abstained).toEqual({ correct: 10, format: 1 });
  });
  test("is a plain line of its own values alone", () => {
    expect(plainLine({ ...progress, step: trainOnly })).toBe("step 43/150  entropy 0.200  52 s left");
  });
});

describe("plain lines", () => {
  test("hold what the live line holds", () => {
    expect(plainLine(at(stepEvent()))).toBe(
      "step 42/150  reward 0.900  correct 0.712  format 0.930  entropy 0.210  9,123 tokens/s  52 s left",
    );
  });
  test("come at the first step, the last, about twenty times in between, and each half minute", () => {
    const shown = Array.from({ length: 150 }, (_, index) => index + 1).filter((step) => isWorthALine(step, 150, 0));
    expect(shown[0]).toBe(1);
    expect(shown.at(-1)).toBe(150);
    expect(shown.length).toBeLessThanOrEqual(22);
    expect(isWorthALine(2, 150, 30_000)).toBe(true);
  });
});

test("reward means keep names that hold slashes", () => {
  expect(rewardMeans({ "rewards/a/b/mean": 1, "rewards/a/std": 2, reward: 3 })).toEqual([["a/b", 1]]);
});

test("a sparkline shows the curve in few characters", () => {
  expect(sparkline([0, 1, 2, 3], 4)).toBe("▁▃▆█");
  expect(sparkline([1, 1, 1], 10)).toBe("▁▁▁");
  expect([
    ...sparkline(
      Array.from({ length: 1000 }, (_, index) => index),
      20,
    ),
  ]).toHaveLength(20);
  expect(sparkline([1], 4)).toBe("");
});
