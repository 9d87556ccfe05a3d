import { expect, test } from "vitest";
import { chooseColors } from "./colors.js";
import { columnsText, firstSentence, rangeText, rewardListLines } from "./reward-list.js";
import { columnsOf } from "./text.js";

const colors = chooseColors({ wanted: false, isTerminal: false, environment: {} });
const reward = (description: string) => ({
  name: "a",
  description,
  columns: { type: "object", properties: { answer: {}, hint: {} }, required: ["answer"], additionalProperties: {} },
  params: {},
  reads: [],
  readsIfPresent: [],
  range: null,
  scope: "sample" as const,
  deterministic: true,
  cacheable: false,
  env: [],
  envIfPresent: [],
  needs: [],
  fixtures: 0,
});

test("ranges are shown with their open ends", () => {
  expect([[0, 1], [null, 0], [0, null], null].map((range) => rangeText(range as [number, number] | null))).toEqual([
    "[0, 1]",
    "[-∞, 0]",
    "[0, ∞]",
    "by params",
  ]);
});

test("columns are named, optional ones with a question mark, and those of any name as an ellipsis", () => {
  expect(columnsText(reward("x"))).toBe("answer, hint?, …");
});

test("a description's first sentence is on one line, without what could move the cursor", () => {
  expect(firstSentence("Scores 0.5 of it, e.g. half.\n  And more.")).toBe("Scores 0.5 of it, e.g. half.");
  expect(firstSentence("No end")).toBe("No end");
  expect(firstSentence("\u001b[31mred\u0007")).toBe("\\u{1b}[31mred\\u{7}");
});

test("what a plugin says of itself fits the terminal, narrow or wide, and cannot colour it", () => {
  const manifest = reward(`\u001b[2J${"long ".repeat(100)}`);
  const plugin = {
    package: { name: "pavlov-reward-\u001bx", version: "1.0.0" },
    folder: "/",
    isBuiltIn: false,
    manifest: { $schema: "", apiVersion: 1, namespace: "x", rewards: { a: manifest }, presets: {} },
  };
  const groups = [{ plugin, rewards: [{ use: "x/a", plugin, manifest }] }];
  for (const width of [30, 80, 150]) {
    const lines = rewardListLines({ groups, files: [`./${"deep/".repeat(40)}mine.ts`] }, width, colors);
    expect(lines.join("")).not.toContain("\u001b");
    for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(width);
  }
});
