import { resolve } from "node:path";
import { compose, datasetFromRows, defineReward, use } from "@pavlov/core";
import { describe, expect, test } from "vitest";
import { chooseColors } from "./colors.js";
import { describeRewards, endingLines, headerLines, measurementLine, shownPath } from "./sections.js";
import { columnsOf } from "./text.js";

const plain = chooseColors({ wanted: false, isTerminal: false, environment: {} });
const correct = defineReward({ name: "exact-answer", description: "Right.", range: [0, 1], score: () => 1 });
const brief = defineReward({ name: "brief", description: "Short.", range: [0, 1], score: () => 1 });

test("paths are shown from the working directory, unless they lie above it", () => {
  expect(shownPath(resolve("runs/quickstart"))).toBe("runs/quickstart");
  expect(shownPath(resolve("."))).toBe(".");
  expect(shownPath(resolve("../elsewhere"))).toBe(resolve("../elsewhere"));
});

describe("rewards in a header", () => {
  test("show the reward behind a name, and weights other than 1", () => {
    const rewards = compose({
      correct: use(correct),
      brief: use(brief, { weight: 0.2 }),
      too: use(brief, { weight: 0 }),
    });
    expect(describeRewards(rewards)).toBe("correct (exact-answer), brief × 0.2, too (brief), not counted");
  });
  test("show the expression that combines them", () => {
    const rewards = compose({ correct: use(correct), brief: use(brief) }, { combine: "correct + 0.2 * brief" });
    expect(describeRewards(rewards)).toBe("correct + 0.2 * brief, with correct (exact-answer), brief");
  });
});

test("a header aligns its labels and goes on below itself where a value is long", () => {
  const dataset = datasetFromRows([{ prompt: "1+1=" }], { name: "train.jsonl" });
  const parts = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`reward_${index}`, use(brief)]));
  const header = { title: "pavlov train x.yaml", model: "tiny", dataset, rewards: compose(parts) };
  const lines = headerLines(header, 60, plain);
  expect(lines.slice(0, 3)).toEqual(["pavlov train x.yaml", "  model    tiny", "  data     1 row of train.jsonl"]);
  expect(lines[4]).toMatch(/^ {11}\S/);
  for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(60);
});

test("a measurement is one line, with or without a rule for success", () => {
  const measurement = { sampled: 0.34, greedy: null, rewards: {}, reward: 0.7, abstained: {}, completions: [] };
  expect(measurementLine("before", measurement, { correct: 1, format: 1 })).toBe(
    "before: 34.0% sampled (correct and format)",
  );
  expect(measurementLine("before", { ...measurement, sampled: null }, undefined)).toBe("before: mean reward 0.700");
});

describe("the ending", () => {
  const ending = {
    ...{ steps: 150, maxSteps: 150, seconds: 68.2, stopped: false, output: resolve("runs/quickstart") },
    ...{ contents: "model/, metrics.jsonl", measured: "reward" as const, history: [0, 0.5, 1] },
  };
  test("says how long it took, how the reward went, and where the run is", () => {
    expect(endingLines(ending, 80, plain)).toEqual([
      "",
      "Trained 150 steps in 1:08.  reward 0.00 ▁▅█ 1.00",
      "The run is in runs/quickstart: model/, metrics.jsonl.",
    ]);
  });
  test("says how often rewards abstained", () => {
    const lines = endingLines({ ...ending, abstained: { correct: 1200, other: 1 } }, 80, plain);
    expect(lines[2]).toBe("Abstained: correct on 1,200 completions, other on 1 completion.");
  });
  test("says how to go on after an interruption", () => {
    const stopped = { ...ending, steps: 1, stopped: true, goOn: "pavlov train x.yaml --model runs/x/model" };
    const lines = endingLines(stopped, 80, plain);
    expect(lines[1]).toContain("Stopped after 1 step of 150 (1:08).");
    expect(lines.slice(-2)).toEqual(["To go on from here:", "  pavlov train x.yaml --model runs/x/model"]);
  });
});
