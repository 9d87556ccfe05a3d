import { expect, test } from "vitest";
import { readRetryAfter } from "./retry-after.js";

const now = Date.UTC(2026, 0, 2, 3, 4, 5);

test.each<[string | null, number | undefined]>([
  ["0", 0],
  ["7", 7000],
  [" 1.5 ", 1500],
  ["Fri, 02 Jan 2026 03:04:15 GMT", 10_000],
  ["Friday, 02-Jan-26 03:04:15 GMT", 10_000],
  ["Fri, 02 Jan 2026 03:04:00 GMT", 0],
  [null, undefined],
  ["", undefined],
  ["-1", undefined],
  ["soon", undefined],
  ["2026", 2_026_000],
])("%j asks to wait %s ms", (header, expected) => {
  expect(readRetryAfter(header, now)).toBe(expected);
});
