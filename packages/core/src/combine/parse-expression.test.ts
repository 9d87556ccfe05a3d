import { expect, test } from "vitest";
import { parseExpression } from "./parse-expression.js";

const names = ["correct", "format", "length"];
const parse = (text: string) => parseExpression(text, names);

test.each([
  ["correct + pi", 'at character 11: "pi" is not a reward here'],
  ["correct * e", '"e" is not a reward here'],
  ["i", '"i" is not a reward here'],
  ["correct + formt", 'at character 11: "formt" is not a reward here. Did you mean "format"?'],
  ["x = correct", "at character 3: assignments are not allowed"],
  ["f(x) = x", "at character 6: function definitions are not allowed"],
  ["correct; format", 'at character 8: ";" is not allowed'],
  ["correct # note", 'at character 9: "#" is not allowed'],
  ["5 cm", "at character 3: a sign is missing between two values: write 5 * cm"],
  ["2 correct", "at character 3: a sign is missing between two values: write 2 * correct"],
  ["2(correct + 1)", "at character 2: a sign is missing"],
  ["correct (format > 0)", '"correct" is a reward, not a function: write correct * (...)'],
  ["sin(correct)", 'at character 1: the function "sin" is not allowed. Did you mean "min"?'],
  ["evaluate(correct)", 'the function "evaluate" is not allowed'],
  ["import(correct)", 'the function "import" is not allowed'],
  ["min", '"min" is a function: write min(...)'],
  ["correct.constructor", "at character 8: properties and indices are not allowed"],
  ["correct[1]", "properties and indices are not allowed"],
  ["[correct, 1]", "at character 1: lists are not allowed"],
  ["{a: correct}", "at character 1: objects are not allowed"],
  ["1:3", "at character 2: ranges are not allowed"],
  ['"text"', 'at character 1: "text" is not allowed: constants are finite numbers'],
  ["correct + true", "at character 11: true is not allowed"],
  ["null", "null is not allowed"],
  ["Infinity", "Infinity is not allowed"],
  ["NaN * correct", "NaN is not allowed"],
  ["1e999", "Infinity is not allowed"],
  ["correct % 2", 'at character 9: the operator "%" is not allowed'],
  ["correct * 5%", 'at character 12: the operator "%" is not allowed'],
  ["correct mod 2", 'the operator "mod" is not allowed'],
  ["correct!", 'at character 8: the operator "!" is not allowed'],
  ["correct'", "is not allowed"],
  ["correct .* format", 'the operator ".*" is not allowed'],
  ["correct xor format", 'the operator "xor" is not allowed'],
  ["correct & 1", 'the operator "&" is not allowed'],
  ["correct to format", 'the operator "to" is not allowed'],
  ["correct ?? 1", 'the operator "??" is not allowed'],
  ["clamp(correct, 1)", "at character 1: clamp takes 3 values, not 2"],
  ["default(correct)", "default takes 2 values, not 1"],
  ["log(correct, 2)", "log takes 1 value, not 2"],
  ["min()", "min takes at least 1 value, not 0"],
  ["correct +", "at character 10: Unexpected end of expression"],
  ["(correct", "at character 9: Parenthesis ) expected"],
  ["", "it is empty"],
  ["   ", "it is empty"],
])("refuses %j and says why", (text, message) => {
  expect(() => parse(text)).toThrow(message);
});

test("gives the rewards as a hint with an unknown name", () => {
  expect(() => parse("pi")).toThrow(expect.objectContaining({ hint: "The rewards are correct, format, length." }));
});

test("refuses an expression that is too long to be meant", () => {
  expect(() => parse(`correct${" + 1".repeat(600)}`)).toThrow("2407 characters; at most 2000");
});

test("says when the nesting is too deep for the parser", () => {
  expect(() => parse(`${"(".repeat(900)}correct${")".repeat(900)}`)).toThrow("it is nested too deeply");
  expect(parse(`${"(".repeat(50)}correct${")".repeat(50)}`)).toEqual({ kind: "reward", name: "correct" });
});

test("shortens a long expression in its message", () => {
  const long = `correct${" + 1".repeat(200)} + pi`;
  expect(() => parse(long)).toThrow(/^In the expression "correct \+ 1.{90,110}\.\.\." at character 811: "pi" is not/);
});

test("takes an expression that spans lines as one", () => {
  expect(parse("correct\n  + format\n")).toEqual(parse("correct + format"));
});

test("lets a reward be called like a mathjs constant or function", () => {
  expect(parseExpression("pi + min + sin", ["pi", "min", "sin"]).kind).toBe("operation");
});
