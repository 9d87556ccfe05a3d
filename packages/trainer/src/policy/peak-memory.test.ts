import { expect, test } from "vitest";
import { peakBytes, peakBytesOf } from "./peak-memory.js";

test("Linux says it by itself, other systems through the process", () => {
  expect(peakBytesOf("VmPeak:\t 1078788 kB\nVmHWM:\t   43944 kB\nVmRSS:\t   43708 kB\n", 700_000)).toBe(43_944 * 1024);
  expect(peakBytesOf(null, 700_000)).toBe(700_000 * 1024);
  expect(peakBytes()).toBeGreaterThanOrEqual(process.memoryUsage.rss() / 2);
});
