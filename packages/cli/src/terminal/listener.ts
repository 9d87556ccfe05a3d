/** Shows a run's events: as a live line, as plain lines at intervals, as JSON lines, or (quiet) only what went wrong. */
import type { TrainEvent } from "@pavlov/trainer";
import { advanceDownload, downloadedLine, downloadLine, plainDownloadLine, type Download } from "./download.js";
import { grouped } from "./format.js";
import { memoryLine } from "./memory-line.js";
import { advance, isWorthALine, plainLine, type Progress, progressLine, startProgress } from "./progress.js";
import type { Screen } from "./screen.js";
import { fill } from "./text.js";

/** How much a command says while it works. */
export type Loudness = "normal" | "quiet" | "json";

export interface EventListener {
  readonly onEvent: (event: TrainEvent) => void;
  /** What has been seen so far. */
  progress(): Progress;
  /** Takes the live line away, before results are printed. */
  settle(): void;
}

/** `now` gives milliseconds; tests hand in their own clock. */
export function listen(screen: Screen, loudness: Loudness, now: () => number = Date.now): EventListener {
  let progress = startProgress(now());
  let printedAt = now();
  let download: Download | undefined;
  let toldDevice: string | undefined;
  const json = jsonLines((line) => screen.print(line), now);

  const onEvent = (event: TrainEvent): void => {
    progress = advance(progress, event, now());
    if (loudness === "json") {
      json.write(event);
      return;
    }
    if (event.type === "download") {
      if (loudness === "normal") showDownload(event);
      return;
    }
    if (event.type === "warning") {
      for (const line of remark("warning:", event.message, screen.errorColors.yellow)) screen.complain(line);
    }
    if (loudness === "quiet") return;
    if (event.type !== "note") endDownload();
    if (event.type === "note") {
      for (const line of remark("note:", event.message, screen.colors.dim)) screen.print(line);
    }
    if (event.type === "log") {
      for (const line of remark(`${event.reward}:`, event.message, screen.colors.dim)) screen.print(line);
    }
    if (event.type === "start") {
      screen.print(screen.colors.dim(`training ${grouped(event.parameters)} parameters with ${event.engine}`));
    }
    if (event.type === "device" && event.device !== "cpu" && event.device !== toldDevice) {
      toldDevice = event.device;
      screen.print(screen.colors.dim(`computing on ${event.device}`));
    }
    if (event.type === "memory") {
      const line = memoryLine(event);
      if (line !== undefined) screen.print(screen.colors.dim(line));
    }
    if (screen.isLive) {
      screen.live(() => progressLine(progress, screen.width(), screen.colors, now()));
    } else if (event.type === "step" && isWorthALine(event.step, event.maxSteps, now() - printedAt)) {
      printedAt = now();
      screen.print(plainLine({ ...progress, step: event }));
    }
  };
  function remark(label: string, message: string, style: (text: string) => string): string[] {
    const [first = "", ...rest] = fill(message, screen.width() - label.length - 1);
    return [`${style(label)} ${first}`, ...rest.map((line) => " ".repeat(label.length + 1) + line)];
  }
  function showDownload(event: TrainEvent & { type: "download" }): void {
    if (download && download.repository !== event.repository) endDownload();
    const begins = download === undefined;
    const state = advanceDownload(download, event, now());
    download = state;
    if (screen.isLive) screen.live(() => downloadLine(state, screen.width(), screen.colors, now()));
    else if (begins || now() - printedAt >= DOWNLOAD_INTERVAL) {
      printedAt = now();
      screen.print(plainDownloadLine(state, now()));
    }
  }
  /** Says what a download has come to, once something else begins. */
  function endDownload(): void {
    const line = download && downloadedLine(download);
    download = undefined;
    if (line === undefined) return;
    screen.settle();
    screen.print(screen.colors.dim(line));
  }
  return { onEvent, progress: () => progress, settle };

  function settle(): void {
    json.flush();
    screen.settle();
    endDownload();
  }
}

/** Between two lines of a log that say how a download goes, in milliseconds. */
const DOWNLOAD_INTERVAL = 10_000;
/** Between two progress events of one phase, or two download events of one file, as JSON, in milliseconds. */
const PROGRESS_INTERVAL = 500;

/**
 * Events as JSON lines. Progress inside a step comes with every completion, that of a download with every packet: of
 * each phase and each file a reader gets the last one, and two a second before it. Every other event is written at once.
 */
function jsonLines(print: (line: string) => void, now: () => number) {
  let held: Extract<TrainEvent, { type: "progress" }> | undefined;
  let writtenAt = -Infinity;
  const downloadsWrittenAt = new Map<string, number>();
  const flush = (): void => {
    if (held) print(JSON.stringify(held));
    held = undefined;
  };
  const write = (event: TrainEvent): void => {
    if (event.type === "download" && event.bytes < event.total) {
      if (now() - (downloadsWrittenAt.get(event.file) ?? -Infinity) < PROGRESS_INTERVAL) return;
      downloadsWrittenAt.set(event.file, now());
    }
    if (event.type !== "progress") {
      flush();
      print(JSON.stringify(event));
      return;
    }
    if (held && (held.phase !== event.phase || held.step !== event.step)) flush();
    held = event;
    if (now() - writtenAt < PROGRESS_INTERVAL) return;
    writtenAt = now();
    flush();
  };
  return { write, flush };
}
