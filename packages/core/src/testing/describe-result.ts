/** Results and problems as lines of plain text, for test runners and terminals alike. */
import type { CheckProblem } from "./check-cases.js";
import type { Comparison, FixtureResult } from "./run-fixture.js";
import { metricsFit, say } from "./run-fixture.js";
import type { ScoredSample } from "./score-sample.js";
import { shorten } from "./shorten.js";

/** Characters of a completion that are shown. */
const SHOWN = 300;

/** Of one that a check made up, and that has a name. */
const SHOWN_OF_CHECK = 120;

/** What was compared, of a fixture that failed: the row's problem, and each sample that is not as expected. */
export function describeResult(result: FixtureResult): readonly string[] {
  const { comparisons, problem, error, expectedError, kind } = result;
  const lines: string[] = [];
  if (problem !== undefined) lines.push(problem);
  if (expectedError !== undefined && problem !== undefined)
    lines.push(entry("expected", `an error with ${quoted(expectedError)}`));
  if (error !== undefined && problem !== undefined)
    lines.push(entry(expectedError === undefined ? "error" : "given", error));
  const whole = problem !== undefined;
  for (const [index, comparison] of comparisons.entries()) {
    if (!whole && comparison.differences.length === 0) continue;
    if (comparisons.length > 1) {
      const label =
        kind === "ranked"
          ? index === 0
            ? "the better one"
            : "the worse one"
          : `sample ${index + 1} of ${comparisons.length}`;
      lines.push(comparison.differences.length === 0 ? label : `${label}: ${comparison.differences.join(", ")}`);
    } else if (comparison.differences.length > 0) lines.push(comparison.differences.join(", "));
    lines.push(...describeComparison(comparison));
  }
  return lines;
}

function describeComparison({ completion, expected, given }: Comparison): string[] {
  const lines = [entry("completion", quoted(completion))];
  if (expected.score !== undefined) lines.push(entry("expected", say(expected.score)));
  if (given) {
    lines.push(entry("given", say(given.score)));
    if (expected.reason !== undefined && expected.reason !== given.reason) {
      lines.push(entry("expected reason", quoted(expected.reason)));
    }
    if (given.reason !== undefined) lines.push(entry("reason", printable(shorten(given.reason, SHOWN))));
    if (expected.metrics && !metricsFit(given.metrics, expected.metrics)) {
      lines.push(entry("expected metrics", metricsText(expected.metrics)));
    }
    if (given.metrics) lines.push(entry("metrics", metricsText(given.metrics)));
  }
  return lines;
}

/** A scored sample, below a sentence on it. */
export function describeScored({ completion, score, reason, metrics }: ScoredSample): readonly string[] {
  return describeComparison({
    completion,
    expected: {},
    given: { score, ...(reason !== undefined && { reason }), ...(metrics && { metrics }) },
    differences: [],
  });
}

/** What a standard check found, and on what. */
export function describeProblem({ message, completion, params, origin }: CheckProblem): readonly string[] {
  return [
    printable(message),
    ...(completion === undefined ? [] : [entry("completion", quoted(completion, SHOWN_OF_CHECK))]),
    ...(params === undefined || Object.keys(params).length === 0
      ? []
      : [entry("params", shorten(JSON.stringify(params), SHOWN))]),
    ...(origin === undefined ? [] : [entry("as in", printable(origin))]),
  ];
}

function entry(label: string, text: string): string {
  return `  ${label.padEnd(16)}  ${text}`;
}

function metricsText(metrics: Readonly<Record<string, number>>): string {
  const parts = Object.entries(metrics).map(([name, value]) => `${name} ${value}`);
  return parts.length === 0 ? "none" : parts.join(", ");
}

/** The text in quotes, in one line, shortened in the middle. */
function quoted(text: string, limit = SHOWN): string {
  return printable(JSON.stringify(shorten(text, limit)));
}

/** Without what would move a terminal's cursor or turn text around. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    if (character === "\u200d") return character;
    return character === "\n" ? " " : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
