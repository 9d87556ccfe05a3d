// A program against its tests, one after the other: how many it passes, and how it fails the first that it fails.
import { type Comparison, isSameValue, outputDifference } from "./compare.js";
import type { Execution, Executor, Task } from "./execution.js";
import type { CodeTest } from "./read-tests.js";

/** How a program is judged. */
export interface JudgeSettings extends Comparison {
  /** With `all`, the first failure ends it. */
  readonly score: "fraction" | "all";
  /** Tests that may run out of time before the others count as failed. */
  readonly overruns: number;
}

/** What came of it. */
export interface Judgement {
  readonly passed: number;
  /** One line of at most 200 characters. */
  readonly reason: string;
}

/** Bytes that a program may print beyond what is expected of it. */
const SPARE_OUTPUT = 1 << 20;

/**
 * Runs the tests in their order, so that the same ones are run each time.
 *
 * @throws what the executor throws
 */
export async function judge(
  code: string,
  tests: readonly CodeTest[],
  executor: Executor,
  settings: JudgeSettings,
  signal: AbortSignal,
): Promise<Judgement> {
  let passed = 0;
  let overruns = 0;
  let first: string | undefined;
  for (const [index, test] of tests.entries()) {
    const execution = await executor.run(taskOf(code, test), signal);
    const problem = problemOf(execution, test, settings);
    if (problem === undefined) {
      passed++;
      continue;
    }
    first ??= `test ${index + 1} ${problem}`;
    if (execution.ended === "badly" && execution.outOfTime) overruns++;
    if (settings.score === "all") break;
    if (overruns >= settings.overruns && index + 1 < tests.length) {
      first += `; after ${overruns} such, ${tests.length - index - 1} were not run`;
      break;
    }
  }
  const counted = tests.length === 1 ? "1 test" : `${tests.length} tests`;
  if (first === undefined)
    return { passed, reason: `passed ${tests.length === 1 ? "the only test" : `all ${counted}`}` };
  const share = settings.score === "all" ? `failed one of ${counted}` : `passed ${passed} of ${counted}`;
  return { passed, reason: oneLine(`${share}: ${first}`, 200) };
}

function taskOf(code: string, test: CodeTest): Task {
  if (test.question === null) {
    const { input, output } = test;
    return { code, input, question: null, outputLimit: SPARE_OUTPUT + Buffer.byteLength(output) };
  }
  const expected = "expected" in test ? Buffer.byteLength(JSON.stringify(test.expected) ?? "") : 0;
  return { code, input: "", question: test.question, outputLimit: SPARE_OUTPUT + 2 * expected };
}

/** How the test is failed; undefined where it is passed. */
function problemOf(execution: Execution, test: CodeTest, settings: JudgeSettings): string | undefined {
  if (execution.ended === "badly") return execution.problem;
  if (test.question === null) {
    const difference = outputDifference(execution.output, test.output, settings);
    if (difference === undefined) return undefined;
    const { line, got, expected } = difference;
    return `printed ${quote(got)}, not ${quote(expected)}${line === undefined ? "" : `, in line ${line}`}`;
  }
  if (!("expected" in test)) return undefined;
  const value = readValue(execution.value ?? "");
  if (value === undefined) return `returned ${quote(execution.value ?? "")}, which is no JSON`;
  if (isSameValue(value.read, test.expected, settings.tolerance)) return undefined;
  return `returned ${oneLine(execution.value ?? "", 50)}, not ${oneLine(JSON.stringify(test.expected) ?? "", 50)}`;
}

function readValue(json: string): { readonly read: unknown } | undefined {
  try {
    return { read: JSON.parse(json) as unknown };
  } catch {
    // What a program wrote may be anything.
    return undefined;
  }
}

const quote = (text: string): string => oneLine(JSON.stringify(text.length > 60 ? text.slice(0, 60) : text), 50);

/** Without line breaks and control characters, and no longer than `limit` characters. */
function oneLine(text: string, limit: number): string {
  const line = text.slice(0, 4 * limit).replaceAll(/[\p{Cc}\s]+/gu, " ");
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}
