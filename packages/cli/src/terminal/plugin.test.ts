import { expect, test } from "vitest";
import type { PluginReport } from "../plugin/check/check-plugin.js";
import { openPluginFolder } from "../plugin/plugin-folder.js";
import { fileURLToPath } from "node:url";
import { createColors } from "picocolors";
import { checkLines } from "./plugin.js";

const plugin = await openPluginFolder(fileURLToPath(new URL("../../", import.meta.url)));
const lines = (report: Partial<PluginReport>): string =>
  checkLines(
    { plugin, findings: [], skipped: [], checked: [], packed: [], ...report },
    60,
    createColors(false),
    false,
  ).join("\n");

test("what a compiler says is shown to its end, in lines that fit", () => {
  const details = [
    "examples/score.ts(9,9): error TS2339: Property 'totals' does not exist on type 'ScoreResult'.",
    "  Deeper.",
  ];
  const shown = lines({ findings: [{ rule: "examples", message: "It does not.", details, fix: "Mend it." }] });
  expect(shown.replace(/\s+/g, " ")).toContain(details[0]);
  expect(shown).toMatch(/^ +  Deeper\.$/m);
  expect(Math.max(...shown.split("\n").map((line) => line.length))).toBeLessThanOrEqual(60);
});

test("a detail without an end is cut", () => {
  const shown = lines({
    findings: [{ rule: "types", message: "No.", details: ["long ".repeat(200)], fix: "Mend it." }],
  });
  expect(shown.split("\n").filter((line) => line.includes("long"))).toHaveLength(5);
});

test("many rewards are counted, and few are named", () => {
  const checked = ["one", "two", "three"].map((reward) => ({ reward, fixtures: 2, checks: 20 }));
  expect(lines({ checked })).toContain("3 rewards pass 6 fixtures; consta");
  expect(lines({ checked: checked.slice(0, 1) })).toContain("one passes 2 fixtures; c");
});
