import { expect, test } from "vitest";
import { chooseColors } from "./colors.js";
import { meanLines, scoreLines, usageLines } from "./scores.js";
import { columnsOf } from "./text.js";

const plain = chooseColors({ wanted: false, isTerminal: false, environment: {} });
const batch = {
  names: ["correct", "format"],
  scores: [
    [1, 0],
    [null, 1],
  ],
  total: [1, 0.2],
  reasons: [
    ['"1290" from <answer> equals "1290"', undefined],
    ["the dataset's answer is empty", "fine"],
  ],
  metrics: [[], []],
  failures: [[], []],
} as const;

test("a completion is shown with its total, and each reward's score and reason below", () => {
  expect(scoreLines(batch, 0, "<answer>\n1290</answer>", 80, plain)).toEqual([
    "1. 1.000  <answer>\\n1290</answer>",
    '   correct  1.000  "1290" from <answer> equals "1290"',
    "   format   0.000",
  ]);
});

test("an abstention is called one", () => {
  expect(scoreLines(batch, 1, "x", 80, plain)[1]).toBe("   correct  abstains  the dataset's answer is empty");
});

test("a failure is no abstention, and says what failed", () => {
  const failure = { reward: "correct", message: "ran out of its 100 ms" };
  const failed = { ...batch, failures: [[], [failure, undefined]] };
  expect(scoreLines(failed, 1, "x", 80, plain)[1]).toBe("   correct  failed  ran out of its 100 ms");
});

test("lines are no wider than the terminal", () => {
  for (const line of scoreLines(batch, 0, "x".repeat(500), 40, plain)) expect(columnsOf(line)).toBeLessThanOrEqual(40);
});

test("means leave abstentions and failures out, and count them", () => {
  expect(meanLines(batch, plain).at(-1)).toBe(
    "Mean of 2 completions: 0.600  correct 1.000 (1 abstained)  format 0.500",
  );
  const failures = [[], [{ reward: "correct", message: "no" }, undefined]];
  expect(meanLines({ ...batch, total: [1, null], failures }, plain).at(-1)).toBe(
    "Mean of 2 completions (1 unscored): 1.000  correct 1.000 (1 failed)  format 0.500",
  );
});

test("means go on on the next line where the terminal ends", () => {
  expect(meanLines(batch, plain, 50)).toEqual([
    "",
    "Mean of 2 completions: 0.600",
    "  correct 1.000 (1 abstained)  format 0.500",
  ]);
});

test("what rewards used up is summed, and kept results are counted, where there is either", () => {
  expect(usageLines(batch, plain)).toEqual([]);
  const usage = [[{ requests: 2, cost: 0.1 }, undefined], [{ requests: 1, cost: 0.2 }]];
  const cacheHits = [
    [0, 1],
    [0, 1],
  ];
  expect(usageLines({ ...batch, usage, cacheHits }, plain)).toEqual([
    "correct used: requests 3, cost 0.3",
    "format used: 2 from the cache",
  ]);
});
