import { expect, it } from "vitest";
import { quote, quoteFormula } from "./quote.js";

it("keeps short text whole and on one line", () => {
  expect(quote('a "b"\n')).toBe('"a \\"b\\"\\n"');
});

it("leaves out the middle of long text", () => {
  const quoted = quote(`start${"x".repeat(100_000)}end`);
  expect(quoted.length).toBeLessThan(80);
  expect(quoted).toMatch(/^"startx+ … x+end"$/);
});

it("keeps line separators of Unicode off the line", () => {
  expect(quote("a\u2028b\u2029c")).toBe('"a\\u2028b\\u2029c"');
});

it("leaves the backslashes of formulas single", () => {
  expect(quoteFormula("\\frac12")).toBe('"\\frac12"');
});
