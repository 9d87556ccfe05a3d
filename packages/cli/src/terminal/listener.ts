/** Shows a run's events: as a live line, as plain lines at intervals, as JSON lines, or (quiet) only what went wrong. */
import type { TrainEvent } from "@pavlov/trainer";
import { grouped } from "./format.js";
import { advance, isWorthALine, plainLine, type Progress, progressLine, startProgress } from "./progress.js";
import type { Screen } from "./screen.js";

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

  const onEvent = (event: TrainEvent): void => {
    progress = advance(progress, event, now());
    if (loudness === "json") {
      screen.print(JSON.stringify(event));
      return;
    }
    if (event.type === "warning") screen.complain(`${screen.errorColors.yellow("warning:")} ${event.message}`);
    if (loudness === "quiet") return;
    if (event.type === "note") screen.print(`${screen.colors.dim("note:")} ${event.message}`);
    if (event.type === "start") {
      screen.print(
        screen.colors.dim(`  ${grouped(event.parameters)} parameters, ${event.engine}, ${grouped(event.rows)} rows`),
      );
    }
    if (screen.isLive) {
      screen.live(() => progressLine(progress, screen.width(), screen.colors, now()));
    } else if (event.type === "step" && isWorthALine(event.step, event.maxSteps, now() - printedAt)) {
      printedAt = now();
      screen.print(plainLine({ step: event }));
    }
  };
  return { onEvent, progress: () => progress, settle: () => screen.settle() };
}
