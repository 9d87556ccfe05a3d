import { describe, expect, it } from "vitest";
import { readTests } from "./read-tests.js";

const call = (expression: string, args: unknown[] | null, expected: unknown) => ({
  question: { kind: "call", expression, args },
  expected,
});

describe("tests in a column", () => {
  it("are read from a list with each kind of test", () => {
    const { tests, language } = readTests(
      [
        { input: "1 2", output: "3" },
        { args: [1, 2], expected: 3 },
        { call: "add(1, 2)", expected: null },
        { assert: "assert add(1, 2) == 3" },
        "assert add(2, 2) == 4",
      ],
      "add",
    );
    expect(language).toBeNull();
    expect(tests).toEqual([
      { question: null, input: "1 2", output: "3" },
      call("add", [1, 2], 3),
      call("add(1, 2)", null, null),
      { question: { kind: "assert", code: "assert add(1, 2) == 3" } },
      { question: { kind: "assert", code: "assert add(2, 2) == 4" } },
    ]);
  });

  it("are read from Open R1's verification_info", () => {
    const column = { language: "Python", test_cases: [{ input: "5\n", output: "7\n", type: "stdin_stdout" }] };
    const expected = { language: "python", tests: [{ question: null, input: "5\n", output: "7\n" }] };
    expect(readTests(column, null)).toEqual(expected);
    expect(readTests(JSON.stringify(column), null)).toEqual(expected);
  });

  it("of functions name what they call, as SYNTHETIC-1 and LiveCodeBench write them", () => {
    const test_cases = [{ type: "function_call", fn_name: "add", input: [1, 2], output: 3 }];
    expect(readTests({ test_cases }, null).tests).toEqual([call("add", [1, 2], 3)]);
    const functional = [{ type: "functional", input: "[1, 2]\n5", output: "[6]" }];
    expect(readTests(functional, "add").tests).toEqual([call("add", [[1, 2], 5], [6])]);
  });

  it("are read from the inputs and outputs of APPS", () => {
    const text = JSON.stringify({ inputs: ["1\n", ["2", "3"]], outputs: ["a", ["b", "c"]] });
    expect(readTests(text, null).tests).toEqual([
      { question: null, input: "1\n", output: "a" },
      { question: null, input: "2\n3", output: "b\nc" },
    ]);
    expect(readTests({ fn_name: "f", inputs: [[1]], outputs: [2] }, null).tests).toEqual([call("f", [1], 2)]);
  });

  it.each([[null], [undefined], [""], [" \n"], ["null"], [[]], ["[]"], [{ test_cases: [] }]])(
    "are none in %j",
    (column) => {
      expect(readTests(column, null).tests).toEqual([]);
    },
  );

  it.each([
    ["not json", "no JSON"],
    [7, "holds 7, which is no list"],
    [{ cases: [] }, "which is no list of tests"],
    [{ inputs: ["a"], outputs: [] }, "which is no list of tests"],
    [[{ input: "1", output: "1" }, { input: "2" }], "Test 2 in the column of tests has no input and output"],
    [[{ args: [1], expected: 1 }], "Test 1 in the column of tests has arguments but no entryPoint"],
    [[{ call: "f()" }], "does not say what is expected"],
    [[null], "is neither an object nor the text of an assert: null"],
  ])("that cannot be read are an error: %j", (column, problem) => {
    expect(() => readTests(column, null)).toThrow(problem);
  });

  it("with arguments that are no list are an error", () => {
    expect(() => readTests([{ args: 3, expected: 1 }], "f")).toThrow("arguments that are no list");
  });
});
