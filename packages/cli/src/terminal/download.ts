/** Downloads as state and as lines of text: how much of a repository has arrived, how fast, and how long it takes yet. */
import type { TrainEvent } from "@pavlov/trainer";
import type { Colors } from "./colors.js";
import { byteCount, duration } from "./format.js";
import { columnsOf, cut } from "./text.js";

type DownloadEvent = Extract<TrainEvent, { type: "download" }>;

/** What one repository has brought so far. */
export interface Download {
  readonly repository: string;
  /** The last event. */
  readonly last: DownloadEvent;
  /** Bytes of batches that are whole: a model's small files come before its weights. */
  readonly wholeBytes: number;
  /** Bytes that were there before, at the first event. */
  readonly begunBytes: number;
  /** In milliseconds. */
  readonly startedAt: number;
  readonly updatedAt: number;
}

const SMALLEST_BAR = 8;
const LARGEST_BAR = 30;
const GAP = "  ";
/** Before this many milliseconds a speed is a guess. */
const MEASURABLE = 1000;

/** The state after an event. */
export function advanceDownload(download: Download | undefined, event: DownloadEvent, now: number): Download {
  const { repository } = event;
  if (download === undefined || download.repository !== repository) {
    const begunBytes = event.allBytes;
    return { repository, last: event, wholeBytes: 0, begunBytes, startedAt: now, updatedAt: now };
  }
  const { last } = download;
  const isNewBatch = last.allBytes === last.allTotal && event.allTotal !== last.allTotal;
  const whole = isNewBatch ? { wholeBytes: download.wholeBytes + last.allTotal } : {};
  // What an earlier download has left of a file shows with the first event of it, and was not fetched now.
  const begun = event.file === last.file || event.bytes === event.total ? 0 : event.bytes;
  return { ...download, ...whole, last: event, begunBytes: download.begunBytes + begun, updatedAt: now };
}

/** Bytes a second since the download began; undefined where it is too early to say. */
function speedOf({ last, wholeBytes, begunBytes, startedAt }: Download, now: number): number | undefined {
  if (now - startedAt < MEASURABLE) return undefined;
  return Math.max(0, ((last.allBytes + wholeBytes - begunBytes) / (now - startedAt)) * 1000);
}

/** The live line, at most `width` columns wide. The bar, then the time, then the speed give way where it is narrow. */
export function downloadLine(download: Download, width: number, colors: Colors, now: number): string {
  const { last } = download;
  const speed = speedOf(download, now);
  const amount = `${byteCount(last.allBytes, last.allTotal)} of ${byteCount(last.allTotal)}`;
  const left = speed ? `${duration((last.allTotal - last.allBytes) / speed)} left` : undefined;
  const rate = speed ? `${byteCount(speed)}/s` : undefined;
  const [, shortName = last.repository] = /([^/]+)$/.exec(last.repository) ?? [];
  const rest = (parts: readonly (string | undefined)[]): string[] => parts.filter((part) => part !== undefined);
  const choices = [
    { name: last.repository, parts: rest([amount, rate, left]) },
    { name: shortName, parts: rest([amount, rate, left]) },
    { name: shortName, parts: rest([amount, left]) },
    { name: cut(shortName, 16), parts: [amount] },
  ];
  for (const { name, parts } of choices) {
    const room = width - columnsOf([name, "", ...parts].join(GAP));
    if (room < SMALLEST_BAR) continue;
    const time = parts.at(-1) === left && left !== undefined ? colors.cyan(left) : undefined;
    const shown = time === undefined ? parts : [...parts.slice(0, -1), time];
    return [colors.bold(name), bar(last.allBytes, last.allTotal, Math.min(room, LARGEST_BAR), colors), ...shown].join(
      GAP,
    );
  }
  return cut(`${cut(shortName, 16)} ${amount}`, width);
}

function bar(done: number, total: number, width: number, colors: Colors): string {
  const full = total === 0 ? 0 : Math.min(width, Math.floor((done / total) * width));
  return colors.green("━".repeat(full)) + colors.dim("─".repeat(width - full));
}

/** For logs: where a download is. */
export function plainDownloadLine(download: Download, now: number): string {
  const { last } = download;
  const speed = speedOf(download, now);
  const left = speed ? `, ${duration((last.allTotal - last.allBytes) / speed)} left` : "";
  return `downloading ${last.repository}: ${byteCount(last.allBytes, last.allTotal)} of ${byteCount(last.allTotal)}${left}`;
}

/** What a download has come to; undefined where it was too little to tell. */
export function downloadedLine({ last, wholeBytes, startedAt, updatedAt }: Download): string | undefined {
  const bytes = last.allBytes + wholeBytes;
  if (bytes === 0) return undefined;
  const what = last.allBytes < last.allTotal ? "downloaded a part of" : "downloaded";
  return `${what} ${last.repository} (${byteCount(bytes)} in ${duration((updatedAt - startedAt) / 1000)})`;
}
