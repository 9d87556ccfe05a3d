/**
 * Metrics between two log lines, as TRL's `log()`: the mean of what was added under a name, leaving out NaN, and null
 * where nothing else came. Names that begin with `count/` are not logged.
 */
import type { Metrics } from "./metrics.js";

/** What a checkpoint keeps of a window. Sums and counts of means; values that are not averaged. */
export interface MetricWindowState {
  readonly sums: Readonly<Record<string, readonly [sum: number, count: number]>>;
  readonly latest: Readonly<Record<string, number | null>>;
}

/** Names of sums and counts, which travel with the metrics of a loss but are not logged. */
export const isCount = (name: string): boolean => name.startsWith("count/");

export class MetricWindow {
  readonly #sums = new Map<string, [sum: number, count: number]>();
  readonly #latest = new Map<string, number | null>();

  constructor(state?: MetricWindowState) {
    for (const [name, [sum, count]] of Object.entries(state?.sums ?? {})) this.#sums.set(name, [sum, count]);
    for (const [name, value] of Object.entries(state?.latest ?? {})) this.#latest.set(name, value);
  }

  /** Adds values to the means: once for each micro-batch (the loss), generation batch or step. */
  add(metrics: Metrics): void {
    for (const [name, value] of Object.entries(metrics)) {
      if (isCount(name)) continue;
      const entry = this.#sums.get(name) ?? [0, 0];
      this.#sums.set(name, Number.isNaN(value) ? entry : [entry[0] + value, entry[1] + 1]);
    }
  }

  /** Sets values that are logged as they are last: `num_tokens`, `learning_rate`, `grad_norm`, `epoch`. */
  set(metrics: Metrics): void {
    for (const [name, value] of Object.entries(metrics)) this.#latest.set(name, Number.isNaN(value) ? null : value);
  }

  /** The line to log. Begins a new window. */
  take(): Record<string, number | null> {
    const line: Record<string, number | null> = {};
    for (const [name, value] of this.#latest) line[name] = value;
    for (const [name, [sum, count]] of this.#sums) line[name] = count === 0 ? null : sum / count;
    this.#sums.clear();
    this.#latest.clear();
    return line;
  }

  /** For a checkpoint; the constructor takes it back. */
  state(): MetricWindowState {
    return { sums: Object.fromEntries(this.#sums), latest: Object.fromEntries(this.#latest) };
  }
}
