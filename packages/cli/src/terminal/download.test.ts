import type { TrainEvent } from "@pavlov/trainer";
import { describe, expect, test } from "vitest";
import { chooseColors } from "./colors.js";
import { advanceDownload, downloadedLine, downloadLine, plainDownloadLine, type Download } from "./download.js";
import { columnsOf } from "./text.js";

const plain = chooseColors({ wanted: false, isTerminal: false, environment: {} });
type DownloadEvent = Extract<TrainEvent, { type: "download" }>;
const event = (file: string, bytes: number, total: number, allBytes = bytes, allTotal = total): DownloadEvent => ({
  ...{ type: "download", repository: "HuggingFaceTB/SmolLM2-135M-Instruct" },
  ...{ file, bytes, total, allBytes, allTotal },
});

/** Events at the given milliseconds. */
const after = (...events: readonly (readonly [number, DownloadEvent])[]): Download =>
  events.reduce<Download | undefined>((state, [now, each]) => advanceDownload(state, each, now), undefined) as Download;

const weights = (bytes: number): DownloadEvent => event("model.safetensors", bytes, 270_000_000);

describe("the live line", () => {
  test("shows how much there is, how fast it comes and how long it takes", () => {
    const line = downloadLine(after([0, weights(0)], [10_000, weights(90_000_000)]), 79, plain, 10_000);
    expect(line).toBe("SmolLM2-135M-Instruct  ━━━━━━━──────────────  90 of 270 MB  9.0 MB/s  20 s left");
    expect(columnsOf(line)).toBe(79);
  });

  test.each([200, 79, 60, 45, 30, 20])("fits %i columns", (width) => {
    const line = downloadLine(after([0, weights(0)], [10_000, weights(90_000_000)]), width, plain, 10_000);
    expect(columnsOf(line)).toBeLessThanOrEqual(width);
    expect(line).toContain(width > 30 ? "90 of 270 MB" : "SmolLM2");
  });

  test("guesses no speed in the first second, and counts none for what was there before", () => {
    const resumed = after([0, weights(200_000_000)]);
    expect(downloadLine(resumed, 79, plain, 500)).not.toContain("left");
    const later = advanceDownload(resumed, weights(210_000_000), 10_000);
    expect(downloadLine(later, 79, plain, 10_000)).toContain("1.0 MB/s  1:00 left");
  });
});

test("a log says where a download is, and what it came to with all its parts", () => {
  const small = event("config.json", 2_000_000, 2_000_000);
  const half = after([0, small], [10_000, weights(0)], [20_000, weights(135_000_000)]);
  expect(plainDownloadLine(half, 20_000)).toBe(
    "downloading HuggingFaceTB/SmolLM2-135M-Instruct: 135 of 270 MB, 20 s left",
  );
  expect(downloadedLine(half)).toBe("downloaded a part of HuggingFaceTB/SmolLM2-135M-Instruct (137 MB in 20 s)");
  const whole = advanceDownload(half, weights(270_000_000), 90_000);
  expect(downloadedLine(whole)).toBe("downloaded HuggingFaceTB/SmolLM2-135M-Instruct (272 MB in 1:30)");
  expect(downloadedLine(after([0, weights(0)]))).toBeUndefined();
});
