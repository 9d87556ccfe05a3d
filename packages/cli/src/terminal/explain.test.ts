import { compose, defineReward, use, type Composite, type ScoredBatch } from "@pavlov/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { chooseColors } from "./colors.js";
import { contribution, explainLines } from "./explain.js";
import { columnsOf } from "./text.js";

const plain = chooseColors({ wanted: false, isTerminal: false, environment: {} });
const matches = defineReward({
  name: "matches",
  description: "For tests.",
  columns: z.object({ answer: z.string() }),
  range: [0, 1],
  score: () => 1,
});
const fixed = defineReward({ name: "fixed", description: "For tests.", range: [-1, 1], score: () => 1 });
const rewards: Composite = compose({
  correct: matches,
  format: use(fixed, { weight: -0.2 }),
  seen: use(fixed, { weight: 0 }),
});
const expression: Composite = compose({ correct: matches, format: fixed }, { combine: "correct * (1 + 0.5 * format)" });

const batchOf = (changes: Partial<ScoredBatch> = {}): ScoredBatch => ({
  names: ["correct", "format", "seen"],
  scores: [[1, 0.5, 3]],
  total: [0.9],
  reasons: [['"2" from <answer> equals "2"', undefined, undefined]],
  metrics: [[{ digits: 1, tries: 0.123456789 }, undefined, undefined]],
  failures: [[]],
  ...changes,
});
const sample = { completion: "<answer>2</answer>", row: { answer: "2", unread: "x", completion: "…" } };
const explain = (
  batch: ScoredBatch,
  {
    of = rewards,
    width = 80,
    ...changes
  }: { of?: Composite; width?: number; completion?: string; prompt?: string } = {},
): readonly string[] => explainLines(batch, 0, { ...sample, ...changes }, of, width, plain);

test("shows the text, the columns that rewards read, what each reward found and adds, and the sum", () => {
  expect(explain(batchOf(), { prompt: "1+1=" })).toEqual([
    "1 of 1  total 0.900",
    "  prompt      1+1=",
    "  completion  <answer>2</answer>",
    "  answer      2",
    "",
    "  correct     1.000  (matches)",
    '              "2" from <answer> equals "2"',
    "              measured: digits 1, tries 0.123457",
    "  format      0.500 × -0.2 = -0.100  (fixed)",
    "  seen        3.000 × 0, not counted  (fixed)",
    "  total       1.000 - 0.100 = 0.900",
  ]);
});

test("under an expression shows it, and what the total would be without each reward", () => {
  const batch = batchOf({
    names: ["correct", "format"],
    scores: [[1, 0.5]],
    total: [1.25],
    reasons: [[]],
    metrics: [[]],
  });
  const lines = explain(batch, { of: expression });
  expect(lines).toContain("  format      0.500  (fixed)");
  expect(lines).toContain("              were it 0, the total would be 0.000");
  expect(lines).toContain("              were it 0, the total would be 1.000");
  expect(lines.at(-1)).toBe("  total       correct * (1 + 0.5 * format) = 1.250");
});

test("says what abstains, what failed and why there is no total", () => {
  const failure = { reward: "format", message: 'Reward "format" failed on sample 0: no answer' };
  const dropped = explain(batchOf({ scores: [[null, null, 1]], total: [null], failures: [[undefined, failure]] }));
  expect(dropped).toEqual(
    expect.arrayContaining([
      "1 of 1  unscored",
      "  correct     abstains, adds nothing  (matches)",
      "  format      failed  (fixed)",
      '              Reward "format" failed on sample 0: no answer',
      "  total       none, because format failed",
    ]),
  );
  const covered = explain(batchOf({ failures: [[undefined, failure]] }));
  expect(covered).toContain("  format      0.500 × -0.2 = -0.100 stands in for a failure  (fixed)");
  const nothing = explain(batchOf({ scores: [[null, null, null]], total: [null] }));
  expect(nothing.at(-1)).toBe("  total       none, because every reward abstains");
  const odd = { reward: "whole", message: "it combined to NaN" };
  expect(explain(batchOf({ total: [null], totalFailures: [odd] })).at(-1)).toBe("  total       it combined to NaN");
});

test("an expression has no value where one of its operands abstains", () => {
  const lines = explain(batchOf({ names: ["correct", "format"], scores: [[null, 0.5]], total: [null] }), {
    of: expression,
    width: 200,
  });
  expect(lines).toContain("  correct     abstains  (matches)");
  expect(lines.at(-1)).toBe(
    "  total       none, because correct abstains: in correct * (1 + 0.5 * format), default(correct, 0) would stand in",
  );
});

test("a long completion is shown whole, within the width, with its lines and indentation", () => {
  const words = Array.from({ length: 60 }, (_, index) => `word${index}`).join(" ");
  const completion = `${words}\n    def f():\n        return 1\n${"x".repeat(200)}`;
  const lines = explain(batchOf(), { width: 60, completion });
  for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(60);
  const squeezed = lines.join("").replaceAll(/\s/g, "");
  expect(squeezed).toContain(completion.replaceAll(/\s/g, ""));
  expect(lines).toContain("                  def f():");
  expect(lines).toContain("                      return 1");
});

test("a completion cannot move the cursor, and an empty one is seen", () => {
  expect(explain(batchOf(), { completion: "a\u001b[2Jb" }).join("\n")).toContain("a\\u{1b}[2Jb");
  expect(explain(batchOf(), { completion: "" })).toContain("  completion  (nothing)");
});

test("long prompts and columns are cut, and say how much is left out", () => {
  const lines = explain(batchOf(), { prompt: Array.from({ length: 30 }, (_, index) => `line ${index}`).join("\n") });
  expect(lines).toContain("              … and 22 more lines");
  expect(lines.join("\n")).not.toContain("line 8");
});

test("a reward adds its weight's share, and nothing where it abstains, is not counted or an expression decides", () => {
  expect(contribution(rewards, "format", 0.5)).toBe(-0.1);
  expect(Object.is(contribution(rewards, "format", 0), 0)).toBe(true);
  expect(contribution(rewards, "seen", 1)).toBeNull();
  expect(contribution(rewards, "correct", null)).toBeNull();
  expect(contribution(expression, "correct", 1)).toBeNull();
});
