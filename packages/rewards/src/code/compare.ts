// Whether what a program printed or returned is what a test expects. Runs here, never beside the program.

/** What counts as the same. */
export interface Comparison {
  /** `lines`: line by line, without the whitespace around each and around the whole, as Open R1. `exact`: every byte. */
  readonly compare: "lines" | "exact";
  /** By how much numbers may differ, for each 1 of the expected number and at least in all; 0 compares text as text. */
  readonly tolerance: number;
}

/** What differs first. */
export interface Difference {
  /** Of the output, from 1; absent where all of it is compared at once. */
  readonly line?: number;
  readonly got: string;
  readonly expected: string;
}

/** Where the output is not the expected one; undefined where it is. Linear in both. */
export function outputDifference(
  output: string,
  expected: string,
  { compare, tolerance }: Comparison,
): Difference | undefined {
  if (compare === "exact") return output === expected ? undefined : { got: output, expected };
  const got = output.trim().split("\n");
  const wanted = expected.trim().split("\n");
  for (let index = 0; index < Math.max(got.length, wanted.length); index++) {
    const [line = "", wantedLine = ""] = [got[index]?.trim(), wanted[index]?.trim()];
    // A line that is missing is not an empty one.
    const both = index < got.length && index < wanted.length;
    if (!both || !isSameLine(line, wantedLine, tolerance)) return { line: index + 1, got: line, expected: wantedLine };
  }
  return undefined;
}

function isSameLine(line: string, expected: string, tolerance: number): boolean {
  if (line === expected) return true;
  if (tolerance === 0) return false;
  const words = line.split(/\s+/);
  const wanted = expected.split(/\s+/);
  return (
    words.length === wanted.length && words.every((word, index) => isSameWord(word, wanted[index] ?? "", tolerance))
  );
}

function isSameWord(word: string, expected: string, tolerance: number): boolean {
  return word === expected || isNear(readNumber(word), readNumber(expected), tolerance);
}

const readNumber = (word: string): number =>
  /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(word) ? Number(word) : Number.NaN;

function isNear(number: number, expected: number, tolerance: number): boolean {
  return Math.abs(number - expected) <= tolerance * Math.max(1, Math.abs(expected));
}

/** Whether two values that came as JSON are the same. Goes no deeper than what is expected does. */
export function isSameValue(value: unknown, expected: unknown, tolerance: number): boolean {
  if (value === expected) return true;
  if (typeof value === "number" && typeof expected === "number") return isNear(value, expected, tolerance);
  if (typeof value !== "object" || typeof expected !== "object" || value === null || expected === null) return false;
  if (Array.isArray(expected)) {
    if (!Array.isArray(value) || value.length !== expected.length) return false;
    return expected.every((item, index) => isSameValue(value[index], item, tolerance));
  }
  if (Array.isArray(value)) return false;
  const entries = Object.entries(expected);
  return (
    entries.length === Object.keys(value).length &&
    entries.every(
      ([key, item]) =>
        Object.hasOwn(value, key) && isSameValue((value as Record<string, unknown>)[key], item, tolerance),
    )
  );
}
