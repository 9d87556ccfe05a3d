import { expect, test } from "vitest";
import { PavlovError } from "../error.js";
import type { Range } from "../reward.js";
import { compileExpression } from "./compile-expression.js";

const names = ["a", "b", "c"];
const value = (text: string, scores: Record<string, number | null> = {}) =>
  compileExpression(text, names).evaluate(scores);

test.each([
  ["1 + 2 * 3 - 4 / 8", 6.5],
  ["-2 ^ 2", -4],
  ["2 ^ 3 ^ 2", 512],
  ["(1 + 2) * 3", 9],
  ["+3", 3],
  ["1e-3 * 2", 0.002],
  [".5 + 0.5", 1],
  ["min(3, 1, 2) + max(3, 1, 2)", 4],
  ["abs(-3) + sqrt(16) + exp(0) + log(1)", 8],
  ["clamp(5, 0, 1) + clamp(-5, 0, 1)", 1],
  ["1 < 2", 1],
  ["(2 <= 1) + (1 >= 1) + (1 == 1) + (1 != 1) + (2 > 1)", 3],
  ["0 < 1 < 2", 1],
  ["0 < 3 < 2", 0],
  ["1 and 0 or 1", 1],
  ["not 3", 0],
  ["2 and 3", 1],
  ["1 > 2 ? 10 : 1 < 2 ? 20 : 30", 20],
  ["default(4, 5)", 4],
])("%s is %d", (text, expected) => {
  expect(value(text)).toBe(expected);
});

test("reads raw scores by name", () => {
  expect(value("a + 0.2 * b * (a > 0) + c", { a: 1, b: 0.5, c: -0.25 })).toBeCloseTo(0.85, 12);
});

test("lists the names that it uses, once", () => {
  expect(compileExpression("b + a * b + default(c, 1)", names).names).toEqual(["b", "a", "c"]);
});

test.each(["a + b", "a * b", "a > b", "a or b", "min(a, b)", "b ? a : 0", "default(b, b)", "0 * b", "not b"])(
  "%s abstains where b does",
  (text) => {
    expect(value(text, { a: 1, b: null, c: 2 })).toBeNull();
  },
);

test("a name without a score abstains", () => {
  expect(value("a + b", { a: 1 })).toBeNull();
  expect(compileExpression("valueOf", ["valueOf"]).evaluate({})).toBeNull();
});

test("default guards an abstaining operand, however deep", () => {
  expect(value("a + default(b, 0)", { a: 1, b: null })).toBe(1);
  expect(value("default(a + b * 2, c)", { a: 1, b: null, c: 7 })).toBe(7);
  expect(value("default(b, c)", { b: 3, c: null })).toBe(3);
});

test("the branch that is not taken is not an operand", () => {
  expect(value("a > 0 ? b : 0", { a: 0, b: null })).toBe(0);
  expect(value("a != 0 ? 1 / a : 0", { a: 0 })).toBe(0);
});

test.each([
  ["1 / a", 'The expression "1 / a" gave Infinity for a = 0.'],
  ["log(a) * b", 'The expression "log(a) * b" gave -Infinity for a = 0, b = 2.'],
  ["sqrt(a - 1)", "gave NaN for a = 0"],
  ["sqrt(a - 1) > 0", "gave NaN for a = 0"],
  ["sqrt(a - 1) ^ 0", "gave NaN for a = 0"],
  ["sqrt(a - 1) ? 1 : 2", "gave NaN for a = 0"],
  ["1 / 0", "gave Infinity for no operands"],
])("%s is an error with its operands' values", (text, message) => {
  expect(() => value(text, { a: 0, b: 2 })).toThrow(message);
  expect(() => value(text, { a: 0, b: 2 })).toThrow(PavlovError);
});

test("a bounded infinity is a score", () => {
  expect(value("max(log(a), -5)", { a: 0 })).toBe(-5);
});

test("never gives a negative zero", () => {
  expect(Object.is(value("-a", { a: 0 }), 0)).toBe(true);
});

test.each<[string, Range]>([
  ["a + b", [-1, 3]],
  ["a - b", [-2, 2]],
  ["2 * a - 1", [-1, 1]],
  ["a * b", [-1, 2]],
  ["-b", [-2, 1]],
  ["a * c", [null, null]],
  ["0 * c", [0, 0]],
  ["c ^ 2", [0, null]],
  ["b ^ 3", [-1, 8]],
  ["a ^ 0.5", [0, 1]],
  ["1 / (a + 1)", [0.5, 1]],
  ["1 / a", [null, null]],
  ["abs(b)", [0, 2]],
  ["exp(a)", [1, Math.E]],
  ["log(a)", [null, 0]],
  ["sqrt(b + 1)", [0, Math.sqrt(3)]],
  ["min(a, c)", [null, 1]],
  ["max(a, c)", [0, null]],
  ["clamp(c, -1, 1)", [-1, 1]],
  ["c > 0", [0, 1]],
  ["a > 0 ? 5 : b", [-1, 5]],
  ["default(a, -3)", [-3, 1]],
])("the range of %s is %j", (text, expected) => {
  expect(compileExpression(text, names).range({ a: [0, 1], b: [-1, 2], c: [null, null] })).toEqual(expected);
});

test("no value lies outside the range", () => {
  const ranges: Record<string, Range> = { a: [0, 1], b: [-1, 2], c: [-3, -1] };
  const texts = ["a * b - c", "b ^ 2 * c", "abs(b) / c", "max(a, b) * min(b, c)", "exp(c) + a ^ 3", "(b > 0) * c + a"];
  for (const text of texts) {
    const expression = compileExpression(text, names);
    const [low, high] = expression.range(ranges);
    for (let a = 0; a <= 1; a += 0.25) {
      for (let b = -1; b <= 2; b += 0.25) {
        for (let c = -3; c <= -1; c += 0.25) {
          const total = expression.evaluate({ a, b, c });
          expect(total).toBeGreaterThanOrEqual((low ?? -Infinity) - 1e-12);
          expect(total).toBeLessThanOrEqual((high ?? Infinity) + 1e-12);
        }
      }
    }
  }
});
