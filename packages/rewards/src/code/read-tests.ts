// Tests as datasets hold them, read into one shape: Pavlov's own list, Open R1's verification_info, MBPP's list of
// asserts, and the inputs and outputs of APPS; each also as JSON text.
import { errorMessage, PavlovError } from "@pavlov/core";
import type { Question } from "./execution.js";

/** One test. */
export type CodeTest =
  | { readonly question: null; readonly input: string; readonly output: string }
  | { readonly question: Extract<Question, { kind: "call" }>; readonly expected: unknown }
  | { readonly question: Extract<Question, { kind: "assert" }> };

/** A row's tests. */
export interface CodeTests {
  /** The language that the row names, in small letters. */
  readonly language: string | null;
  readonly tests: readonly CodeTest[];
}

const SHAPES =
  "Give each test as { input, output }, { args, expected } with an entryPoint, { call, expected }, { assert }, or the " +
  "text of an assert.";

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Reads the column `tests`; null, an empty text and empty lists are no tests.
 *
 * @param entryPoint what tests with arguments call where they name nothing themselves; null for nothing
 * @throws PavlovError that says which test cannot be read
 */
export function readTests(column: unknown, entryPoint: string | null): CodeTests {
  const value = typeof column === "string" ? parseColumn(column) : column;
  if (value === null || value === undefined) return { language: null, tests: [] };
  if (Array.isArray(value)) return { language: null, tests: readList(value, entryPoint) };
  if (!isFields(value)) throw unreadable(value);
  const named = firstText(value, ["fn_name", "entryPoint", "entry_point"]) ?? entryPoint;
  const language = firstText(value, ["language"])?.toLowerCase() ?? null;
  const list = value["test_cases"] ?? value["tests"];
  if (Array.isArray(list)) return { language, tests: readList(list, named) };
  const { inputs, outputs } = value;
  if (Array.isArray(inputs) && Array.isArray(outputs) && inputs.length === outputs.length) {
    const type = named === null ? "stdin_stdout" : "function_call";
    const pairs = inputs.map((input: unknown, index) => ({ input, output: outputs[index] as unknown, type }));
    return { language, tests: readList(pairs, named) };
  }
  throw unreadable(value);
}

function parseColumn(text: string): unknown {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PavlovError(`The text in the column of tests is no JSON: ${errorMessage(cause)}.`, { cause });
  }
}

const readList = (list: readonly unknown[], entryPoint: string | null): CodeTest[] =>
  list.map((test, index) => readTest(test, entryPoint, index));

function readTest(test: unknown, entryPoint: string | null, index: number): CodeTest {
  const refuse = (problem: string): never => {
    throw new PavlovError(`Test ${index + 1} in the column of tests ${problem}: ${show(test)}.`, { hint: SHAPES });
  };
  if (typeof test === "string") return { question: { kind: "assert", code: test } };
  if (!isFields(test)) return refuse("is neither an object nor the text of an assert");
  const named = firstText(test, ["fn_name", "entryPoint", "entry_point"]) ?? entryPoint;
  const call = (expression: string | null, args: unknown, expected: unknown): CodeTest => {
    if (expression === null) return refuse("has arguments but no entryPoint to call with them");
    if (!Array.isArray(args) && args !== null) return refuse("has arguments that are no list");
    if (expected === undefined) return refuse("does not say what is expected");
    return { question: { kind: "call", expression, args }, expected };
  };
  if (typeof test["assert"] === "string") return { question: { kind: "assert", code: test["assert"] } };
  if (typeof test["call"] === "string") return call(test["call"], null, test["expected"]);
  if (test["args"] !== undefined) return call(named, test["args"], test["expected"]);
  if (test["type"] === "functional") return call(named, linesFromText(test["input"]), fromText(test["output"]));
  if (test["type"] === "function_call") return call(named, fromText(test["input"]), fromText(test["output"]));
  const input = asText(test["input"] ?? "");
  const output = asText(test["output"]);
  if (input === undefined || output === undefined) return refuse("has no input and output, no call, and no assert");
  return { question: null, input, output };
}

/** Arguments and results that are stored as JSON text; other text is itself. */
function fromText(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** Arguments as LiveCodeBench stores them: JSON, one to a line. */
const linesFromText = (value: unknown): unknown =>
  typeof value === "string" ? value.split("\n").map(fromText) : fromText(value);

/** Text, or the lines of it. */
function asText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  return Array.isArray(value) && value.every((line) => typeof line === "string") ? value.join("\n") : undefined;
}

function firstText(fields: Fields, names: readonly string[]): string | null {
  const found = names.map((name) => fields[name]).find((value) => typeof value === "string" && value !== "");
  return typeof found === "string" ? found : null;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function unreadable(value: unknown): PavlovError {
  return new PavlovError(`The column of tests holds ${show(value)}, which is no list of tests.`, {
    hint: SHAPES,
  });
}
