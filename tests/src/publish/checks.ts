/** Named checks of one road, each printed as it is made. */
import { isDeepStrictEqual } from "node:util";

export interface Checks {
  /** Counts one, and prints it with its detail where it fails. */
  check(name: string, passed: boolean, detail?: string): void;
  /** Passes where the two are alike. */
  equal(name: string, actual: unknown, expected: unknown): void;
  /** Passes where the text holds each part. */
  holds(name: string, text: string, ...parts: readonly string[]): void;
  readonly counts: { readonly passed: number; readonly failed: number };
}

const shortened = (text: string): string => (text.length > 2_000 ? `…${text.slice(-2_000)}` : text);

export function openChecks(say: (line: string) => void): Checks {
  const counts = { passed: 0, failed: 0 };
  const check = (name: string, passed: boolean, detail = ""): void => {
    if (passed) counts.passed++;
    else counts.failed++;
    say(`${passed ? "ok  " : "FAIL"}  ${name}${passed || detail === "" ? "" : `\n${shortened(detail)}`}`);
  };
  return {
    check,
    equal(name, actual, expected) {
      check(name, isDeepStrictEqual(actual, expected), `is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`);
    },
    holds(name, text, ...parts) {
      const missing = parts.filter((part) => !text.includes(part));
      check(
        name,
        missing.length === 0,
        `has no ${missing.map((part) => JSON.stringify(part)).join(", no ")} in: ${text}`,
      );
    },
    counts,
  };
}
