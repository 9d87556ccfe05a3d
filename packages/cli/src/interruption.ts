/**
 * Ctrl-C: the first one asks the work to stop where it can be taken up again, the second one ends the process at once.
 */
import { exitCodes } from "./exit-codes.js";

export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** What the process should exit with after an orderly stop; undefined when nothing interrupted it. */
  exitCode(): number | undefined;
  /** Stops the work as Ctrl-C does, without a word. */
  stop(): void;
  /** Takes the handlers away. */
  release(): void;
}

type StopSignal = "SIGINT" | "SIGTERM";

/** The part of `process` that signals need. */
export interface SignalTarget {
  readonly pid: number;
  on(signal: StopSignal, handle: (signal: StopSignal) => void): unknown;
  off(signal: StopSignal, handle: (signal: StopSignal) => void): unknown;
  kill(pid: number, signal: StopSignal): true;
}

/** What happens beside stopping. */
export interface InterruptionHooks {
  /** Tells the user what is going to happen. */
  onFirst(): void;
  /** Leaves the terminal as it was, before the process ends. */
  onSecond?(): void;
}

/** Listens for SIGINT and SIGTERM. */
export function interruptible(hooks: InterruptionHooks, target: SignalTarget = process): Interruption {
  const controller = new AbortController();
  let code: number | undefined;

  const handle = (signal: StopSignal): void => {
    if (controller.signal.aborted) {
      release();
      hooks.onSecond?.();
      // The default action of a signal tells whoever started this process what ended it, and ends any work at once.
      target.kill(target.pid, signal);
      return;
    }
    code = signal === "SIGINT" ? exitCodes.interrupted : exitCodes.terminated;
    hooks.onFirst();
    controller.abort(new DOMException("Interrupted.", "AbortError"));
  };
  const release = (): void => {
    target.off("SIGINT", handle);
    target.off("SIGTERM", handle);
  };
  target.on("SIGINT", handle);
  target.on("SIGTERM", handle);

  return { signal: controller.signal, exitCode: () => code, stop: () => controller.abort(), release };
}
