import fc from "fast-check";
import { expect, it } from "vitest";
import { findJson } from "./json-text.js";

const valueIn = (text: string): unknown => findJson(text)?.value;

it.each([
  ["the whole text", ' {"a": 1}\n', { a: 1 }],
  ["a number alone", "42", 42],
  ["a fenced block", 'Here:\n```json\n{"a": 1}\n```\nDone.', { a: 1 }],
  ["the last of several blocks", "```\n[1]\n```\n```\n[2]\n```", [2]],
  ["a block before prose with brackets", '```json\n{"a": 1}\n```\nsee [2]', { a: 1 }],
  ["an object in prose", 'The result is {"a": [1, 2]}, I hope.', { a: [1, 2] }],
  ["the last of several in prose", 'First {"a": 1}, no, {"a": 2}.', { a: 2 }],
  ["brackets within a string", 'so {"a": "}]{"} it is', { a: "}]{" }],
  ["an escaped quote within a string", String.raw`so {"a": "\"}"} it is`, { a: '"}' }],
  ["JSON after a set that is none", '{x | x > 0} gives {"a": 1}', { a: 1 }],
  ["JSON after brackets that do not fit", '(0, 1] and [1, 2} then {"a": 1}', { a: 1 }],
  ["JSON after a quotation", 'He said "well": {"a": 1}', { a: 1 }],
])("finds %s", (_name, text, value) => {
  expect(valueIn(text)).toEqual(value);
});

it.each([
  ["prose", "It is 42."],
  ["nothing", ""],
  ["an object that is left open", 'so {"a": 1'],
  ["what only looks like JSON", "{'a': 1}"],
  ["brackets nested deeper than JSON ever is", `${"[".repeat(10_001)}${"]".repeat(10_001)}`],
])("finds nothing in %s", (_name, text) => {
  expect(findJson(text)).toBeUndefined();
});

it("finds what is nested deeply, and brackets in a text", () => {
  expect(valueIn(`${"[".repeat(10_000)}${"]".repeat(10_000)}`)).toHaveLength(1);
  expect(valueIn(JSON.stringify(["[".repeat(20_000)]))).toHaveLength(1);
});

it("finds any object, whatever prose stands around it", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom("", "Well: ", "a\n"), (value, prose) => {
      expect(valueIn(`${prose}${JSON.stringify(value)}${prose}`)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 500 },
  );
});
