import { PavlovError } from "@pavlov/core";
import { describe, expect, test } from "vitest";
import { chooseColors } from "./colors.js";
import { errorLines } from "./error.js";

const plain = chooseColors({ wanted: false, isTerminal: true, environment: {} });

describe("an error that was written for users", () => {
  const error = new PavlovError("The dataset is empty.", {
    hint: "Add rows.",
    location: { file: "data.jsonl", line: 3 },
  });

  test("is one sentence with its place and what to do", () => {
    expect(errorLines(error, false, plain)).toEqual(["error: data.jsonl:3: The dataset is empty.", "hint:  Add rows."]);
  });
  test("names its place once", () => {
    const named = new PavlovError("data.jsonl:3: not JSON", { location: { file: "data.jsonl", line: 3 } });
    expect(errorLines(named, false, plain)).toEqual(["error: data.jsonl:3: not JSON"]);
  });
  test("shows its stack and its causes with --debug alone", () => {
    const caused = new PavlovError("No.", { cause: new TypeError("deep down") });
    expect(errorLines(caused, false, plain)).toEqual(["error: No."]);
    const debug = errorLines(caused, true, plain).join("\n");
    expect(debug).toContain("error.test.ts");
    expect(debug).toContain("caused by: TypeError: deep down");
  });
});

test("an error that nobody foresaw says how to find out more, and shows no stack", () => {
  const lines = errorLines(new TypeError("x is not a function"), false, plain);
  expect(lines[0]).toBe("error: x is not a function");
  expect(lines[1]).toContain("--debug");
  expect(lines).toHaveLength(2);
});
