import { describe, expect, test } from "vitest";
import { chooseColors } from "./colors.js";
import { sampleLines, tableLines } from "./report.js";
import { columnsOf } from "./text.js";

const plain = chooseColors({ wanted: false, isTerminal: false, environment: {} });

describe("the table of held-out results", () => {
  const rows = [
    { label: "right (correct and format), sampled", kind: "rate", before: 0.34, after: 0.965 },
    { label: "correct", kind: "mean", before: 0.48, after: null },
  ] as const;

  test("has a column before and one after, aligned to the right", () => {
    expect(tableLines(rows, 80, plain)).toEqual([
      "                                        before   after",
      "  right (correct and format), sampled    34.0%   96.5%",
      "  correct                                0.480       -",
    ]);
  });
  test("has one column where there is only one measurement", () => {
    expect(tableLines([{ label: "correct", kind: "mean", after: 0.5 }], 80, plain)).toEqual([
      "              now",
      "  correct   0.500",
    ]);
  });
  test("cuts labels, never numbers, on a narrow terminal", () => {
    for (const line of tableLines(rows, 40, plain)) expect(columnsOf(line)).toBeLessThanOrEqual(40);
    expect(tableLines(rows, 40, plain)[1]).toContain("96.5%");
  });
});

describe("samples", () => {
  const sample = {
    prompt: "939-666=",
    before: { text: "125", total: 0, success: false },
    after: { text: "<think>9-6-0=03;3-6-0=17;9-6-1=02</think><answer>273</answer>", total: 1.2, success: true },
  };

  test("show the prompt and both completions", () => {
    expect(sampleLines([sample], 80, plain)).toEqual([
      "  939-666=",
      "    before  ✗ 125",
      "    after   ✓ <think>9-6-0=03;3-6-0=17;9-6-1=02</think><answer>273</answer>",
    ]);
  });
  test("wrap to the terminal, indented, and end after a few lines", () => {
    const lines = sampleLines([{ ...sample, after: { ...sample.after, text: "abc ".repeat(300) } }], 40, plain);
    for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(40);
    expect(lines).toHaveLength(2 + 6);
    expect(lines.at(-1)).toContain("…");
  });
  test("show the score where nothing says what a success is, and an empty completion as such", () => {
    expect(sampleLines([{ prompt: "p", after: { text: "", total: -3.5 } }], 80, plain)).toEqual([
      "  p",
      "    -3.50  (nothing)",
    ]);
  });
  test("cannot send control sequences to the terminal", () => {
    const lines = sampleLines([{ prompt: "\u001b[2J", after: { text: "\u001b]0;x\u0007", total: 1 } }], 80, plain);
    expect(lines.join("")).not.toContain("\u001b");
  });
});
