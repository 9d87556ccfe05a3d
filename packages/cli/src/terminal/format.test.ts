import { expect, test } from "vitest";
import { byteCount, duration, metric, percent, short } from "./format.js";

test("durations are read as on a clock from a minute on", () => {
  expect([0, 6.6, 60, 68, 3599.6, 7389].map(duration)).toEqual(["0 s", "7 s", "1:00", "1:08", "1:00:00", "2:03:09"]);
  expect(duration(Number.NaN)).toBe("?");
});

test("counts become short without losing their size", () => {
  expect([7, 999, 1000, 9123, 9960, 45_600, 999_960].map(short)).toEqual([
    "7",
    "999",
    "1.0k",
    "9.1k",
    "10k",
    "46k",
    "1.0M",
  ]);
});

test("metrics keep small values visible and say when there is none", () => {
  expect([0.8125, -3.2, 0, 0.000012, 128.4].map((value) => metric(value))).toEqual([
    "0.81",
    "-3.20",
    "0.00",
    "1e-5",
    "128",
  ]);
  expect([null, undefined, Number.NaN].map((value) => metric(value))).toEqual(["-", "-", "-"]);
});

test("rates are percentages", () => {
  expect([0.34, 1, null].map(percent)).toEqual(["34.0%", "100.0%", "-"]);
});

test.each([
  [512, undefined, "512 B"],
  [2_100_000, undefined, "2.1 MB"],
  [269_900_000, undefined, "270 MB"],
  [999_600, undefined, "1.0 MB"],
  [1_210_000_000, undefined, "1.21 GB"],
  [90_000_000, 270_000_000, "90"],
  [300_000, 3_200_000, "0.3"],
])("%i bytes of %s are %s", (bytes, of, text) => {
  expect(byteCount(bytes, of)).toBe(text);
});
