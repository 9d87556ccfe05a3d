import { expect, test } from "vitest";
import { canonicalText } from "./canonical-text.js";

test("the order of keys makes no difference, that of lists does", () => {
  expect(canonicalText({ a: 1, b: { c: [1, 2], d: null } })).toBe(canonicalText({ b: { d: null, c: [1, 2] }, a: 1 }));
  expect(canonicalText([1, 2])).not.toBe(canonicalText([2, 1]));
});

test("different values have different texts", () => {
  const values: unknown[] = [
    ...[null, undefined, "null", "", 0, -0, 1, "1", 1n, Number.NaN, Infinity, true, "true"],
    ...[[], {}, [[]], [null], ["a", "b"], ["a,b"], { a: 1 }, { a: undefined }, { a: "1" }],
    ...[new Date(0), new Date(1), new Uint8Array([1, 0]), new Uint16Array([1]), "\uD800", "\uDC00", "\uFFFD"],
  ];
  const texts = values.map(canonicalText);
  expect(texts).not.toContain(undefined);
  expect(new Set(texts).size).toBe(values.length);
});

test("what has no text of its own has none, wherever it is", () => {
  const cycle: unknown[] = [];
  cycle.push({ cycle });
  for (const value of [() => 1, Symbol("x"), new Map(), /x/, new Error("x"), cycle]) {
    expect(canonicalText(value)).toBeUndefined();
    expect(canonicalText({ inside: [value] })).toBeUndefined();
  }
});

test("one object in two places is no cycle", () => {
  const shared = { a: 1 };
  expect(canonicalText([shared, shared])).toBe(canonicalText([{ a: 1 }, { a: 1 }]));
});
