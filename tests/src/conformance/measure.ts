/** How fast and how evenly cases are answered on one thread. */
import { performance } from "node:perf_hooks";
import { type MathOptions, verify } from "@pavlov/rewards/math";
import { type Case, optionsOf } from "./corpora.js";

export interface Speed {
  readonly perSecond: number;
  /** Milliseconds; each case's best of several runs, so that other programs on the machine do not count. */
  readonly p99: number;
  readonly max: number;
  readonly slowest: string;
}

/** Passes before anything is measured, for the compiler. */
const WARM_UP = 3;
const PASSES = 7;

export function measure(cases: readonly Case[], base: MathOptions): Speed {
  const runs = cases.flatMap((entry) =>
    entry.kind === "verify" && entry.gold !== null
      ? [{ id: entry.id, gold: entry.gold, answer: entry.pred, options: optionsOf(entry, base) }]
      : [],
  );
  const best = runs.map(() => Infinity);
  let perSecond = 0;
  for (let pass = 0; pass < WARM_UP + PASSES; pass++) {
    const start = performance.now();
    let before = start;
    for (const [index, { gold, answer, options }] of runs.entries()) {
      verify(gold, answer, options);
      const now = performance.now();
      if (pass >= WARM_UP) best[index] = Math.min(best[index] ?? Infinity, now - before);
      before = now;
    }
    if (pass >= WARM_UP) perSecond = Math.max(perSecond, (runs.length * 1000) / (before - start));
  }
  const sorted = best.toSorted((a, b) => a - b);
  const max = sorted.at(-1) ?? 0;
  return {
    perSecond,
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    max,
    slowest: runs[best.indexOf(max)]?.id ?? "",
  };
}
