import { expect, test } from "vitest";
import { chooseColors } from "./colors.js";
import { tableLines } from "./table.js";
import { columnsOf } from "./text.js";

const colors = chooseColors({ wanted: false, isTerminal: false, environment: {} });

test("columns are aligned under their titles, and the last one goes on below itself", () => {
  const rows = [
    ["limit", "integer", "Most characters that a completion may have."],
    ["unit", "string", "What is counted."],
  ];
  expect(tableLines({ titles: ["name", "type", ""], rows }, 40, colors)).toEqual([
    "  name   type",
    "  limit  integer  Most characters that a",
    "                  completion may have.",
    "  unit   string   What is counted.",
  ]);
});

test("with a limit of lines the rest is cut", () => {
  const rows = [["a", "one two three four five six seven eight nine ten"]];
  expect(tableLines({ rows, mostLines: 2 }, 22, colors)).toEqual(["  a  one two three", "     four five six se…"]);
});

test("where nothing is left the last column has lines of its own", () => {
  const rows = [["a-long-name-of-a-reward", "What it does, in words."]];
  expect(tableLines({ rows }, 30, colors)).toEqual(["  a-long-name-of-a-reward", "    What it does, in words."]);
});

test("no line is wider than the terminal", () => {
  const rows = [
    ["名前", "x".repeat(90), "漢字".repeat(40)],
    ["b", "y", "z".repeat(200)],
  ];
  for (const width of [40, 60, 100]) {
    const lines = tableLines({ rows, limits: [10, 10] }, width, colors);
    for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(width);
  }
});
