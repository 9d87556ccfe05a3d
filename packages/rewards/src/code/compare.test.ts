import { describe, expect, it } from "vitest";
import { type Comparison, isSameValue, outputDifference } from "./compare.js";

const lines: Comparison = { compare: "lines", tolerance: 0 };
const isSame = (output: string, expected: string, comparison: Comparison = lines) =>
  outputDifference(output, expected, comparison) === undefined;

describe("output by lines", () => {
  it("is compared without the whitespace around each line and around the whole", () => {
    expect(isSame("1 \n 2\r\n\n", "1\n2")).toBe(true);
    expect(isSame("1\n\n2", "1\n\n2\n")).toBe(true);
    expect(isSame("1  2", "1 2")).toBe(false);
  });

  it("may lack no line and have none too many", () => {
    expect(outputDifference("1", "1\n2", lines)).toEqual({ line: 2, got: "", expected: "2" });
    expect(outputDifference("1\n2", "1", lines)).toEqual({ line: 2, got: "2", expected: "" });
    expect(isSame("", "1")).toBe(false);
  });

  it("takes numbers within the tolerance, relative above 1, and other words only as they are", () => {
    const loose: Comparison = { compare: "lines", tolerance: 1e-3 };
    expect(isSame("x 0.3333 1000", "x 0.333 1000.9", loose)).toBe(true);
    expect(isSame("0.335", "0.333", loose)).toBe(false);
    expect(isSame("1002", "1000", loose)).toBe(false);
    expect(isSame("1.0", "1", loose)).toBe(true);
    expect(isSame("1.0", "1")).toBe(false);
    expect(isSame("y 1", "x 1", loose)).toBe(false);
    expect(isSame("nan", "NaN", loose)).toBe(false);
    expect(isSame("1 2", "1", loose)).toBe(false);
  });
});

it("compares exact output to the byte", () => {
  expect(isSame("1\n", "1\n", { compare: "exact", tolerance: 0 })).toBe(true);
  expect(isSame("1", "1\n", { compare: "exact", tolerance: 0 })).toBe(false);
});

describe("values", () => {
  it("are the same when their JSON says the same", () => {
    expect(isSameValue({ b: [1, "x", null], a: true }, { a: true, b: [1, "x", null] }, 0)).toBe(true);
    expect(isSameValue([1, 2], [2, 1], 0)).toBe(false);
    expect(isSameValue({ a: 1, b: 2 }, { a: 1 }, 0)).toBe(false);
    expect(isSameValue({}, [], 0)).toBe(false);
    expect(isSameValue([], {}, 0)).toBe(false);
    expect(isSameValue("1", 1, 0)).toBe(false);
    expect(isSameValue(null, {}, 0)).toBe(false);
    expect(isSameValue(JSON.parse('{"__proto__": 1}'), {}, 0)).toBe(false);
  });

  it("may differ by the tolerance at any depth", () => {
    expect(isSameValue([[1.0001]], [[1]], 1e-3)).toBe(true);
    expect(isSameValue([[1.01]], [[1]], 1e-3)).toBe(false);
  });

  it("survive a value nested far deeper than the expected one", () => {
    expect(isSameValue(JSON.parse("[".repeat(100_000) + "]".repeat(100_000)), [[1]], 0)).toBe(false);
  });
});
