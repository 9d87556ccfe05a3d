import { expect, test } from "vitest";
import { lineAndColumn, parseJSON } from "./json-syntax.js";

test("valid JSON gives its value", () => {
  expect(parseJSON('{"a": [1, null]}')).toEqual({ ok: true, value: { a: [1, null] } });
});

test.each([
  ['{"a": b}', 6, 'this is not a JSON value at "b"'],
  ['{"a": 1', 7, 'expected "}", but the text ends'],
  ['{"a" 1}', 5, 'expected ":" at "1"'],
  ['{"a": 1,}', 8, 'expected a property name in double quotes at "}"'],
  ['{"a": 01}', 7, 'expected "," at "1"'],
  ['{"a": NaN}', 6, 'this is not a JSON value at "NaN"'],
  ['{"a": 1} x', 9, 'this is not a JSON value at "x"'],
  ['{"a": 1, // one\n"b": 2}', 9, 'JSON has no comments at "// one"'],
  ['{"a": 1} {', 9, 'expected the end after the value at "{"'],
  ["", 0, "expected a value, but the text ends"],
])("%s is wrong at offset %i", (text, offset, message) => {
  expect(parseJSON(text)).toEqual({
    ok: false,
    problem: { offset, message, trailing: message.startsWith("expected the end") },
  });
});

test("offsets become lines and columns from 1", () => {
  expect(lineAndColumn("ab\ncd\n", 0)).toEqual({ line: 1, column: 1 });
  expect(lineAndColumn("ab\ncd\n", 2)).toEqual({ line: 1, column: 3 });
  expect(lineAndColumn("ab\ncd\n", 3)).toEqual({ line: 2, column: 1 });
  expect(lineAndColumn("ab\ncd\n", 6)).toEqual({ line: 3, column: 1 });
});
