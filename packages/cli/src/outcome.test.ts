import { describe, expect, test } from "vitest";
import type { Measurement } from "./measure.js";
import { reportRows, reportSamples, runResult } from "./outcome.js";

const rule = { correct: 1, format: 1 };

function measurement(correct: readonly number[], greedy: number | null): Measurement {
  const completions = correct.map((score, index) => ({
    prompt: `${index}+${index}=`,
    completion: String(score),
    scores: { correct: score, format: 1 },
    total: score + 0.2,
    reasons: {},
    finishReason: "stop" as const,
    tokens: 1,
    columns: {},
  }));
  const sampled = correct.filter((score) => score === 1).length / correct.length;
  return {
    sampled,
    greedy,
    rewards: { correct: sampled, format: 1 },
    reward: sampled + 0.2,
    abstained: {},
    completions,
  };
}

const before = measurement([0, 0, 1, 0], 0.25);
const after = measurement([1, 1, 1, 0], 1);
const training = { steps: 150, trainSeconds: 80.5, output: "runs/quickstart" };

describe("result.json", () => {
  test("holds the rates before and after, the time and the folder", () => {
    expect(runResult({ before, after }, training)).toEqual({
      before: { sampled: 0.25, greedy: 0.25 },
      after: { sampled: 0.75, greedy: 1 },
      rewards: { before: { correct: 0.25, format: 1 }, after: { correct: 0.75, format: 1 } },
      steps: 150,
      trainSeconds: 80.5,
      output: "runs/quickstart",
    });
  });
  test("says null for what was not measured", () => {
    expect(runResult({}, training)).toMatchObject({ before: null, after: null });
  });
});

describe("the report", () => {
  test("has the success rates first, then each reward's mean", () => {
    expect(reportRows({ before, after }, rule)).toEqual([
      { label: "success (correct and format), sampled", kind: "rate", before: 0.25, after: 0.75 },
      { label: "success (correct and format), greedy", kind: "rate", before: 0.25, after: 1 },
      { label: "mean of correct, sampled", kind: "mean", before: 0.25, after: 0.75 },
      { label: "mean of format, sampled", kind: "mean", before: 1, after: 1 },
    ]);
  });
  test("leaves out what was not measured", () => {
    const rows = reportRows({ after: { ...after, greedy: null } }, rule);
    expect(rows.map(({ label }) => label)).not.toContain("success (correct and format), greedy");
    expect(rows[0]).not.toHaveProperty("before");
    expect(reportRows({ before, after }, undefined).map(({ kind }) => kind)).toEqual(["mean", "mean"]);
  });
  test("shows the same rows before and after, the first completion of each", () => {
    const samples = reportSamples({ before, after }, rule, { samples: 2, numGenerations: 2 });
    expect(samples).toEqual([
      {
        prompt: "0+0=",
        before: { text: "0", total: 0.2, success: false },
        after: { text: "1", total: 1.2, success: true },
      },
      {
        prompt: "2+2=",
        before: { text: "1", total: 1.2, success: true },
        after: { text: "1", total: 1.2, success: true },
      },
    ]);
  });
  test("asks for no more samples than there are rows", () => {
    expect(reportSamples({ after }, rule, { samples: 10, numGenerations: 1 })).toHaveLength(4);
  });
});
