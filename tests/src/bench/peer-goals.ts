/** How Pavlov compares with TRL on the same work on the same machine, and the goals of each comparison. */
import type { Measurement } from "./measurement.js";

/** What both programs print of themselves. Seconds are means of a step. */
export interface PeerFigures {
  readonly peer: "pavlov" | "trl";
  /** Of training. */
  readonly dtype: string;
  /** Of the rollouts. */
  readonly precision: string;
  readonly generations: number;
  readonly prompts: number;
  readonly step_s: number;
  readonly generate_tok_s: number;
  readonly peak_rss_gb: number;
}

/** One of the ways to do the work that are compared. */
export interface Contestant {
  readonly peer: PeerFigures["peer"];
  readonly precision: string;
}

/** In the order in which they run. */
export const contestants: readonly Contestant[] = [
  { peer: "trl", precision: "float32" },
  { peer: "pavlov", precision: "float32" },
  { peer: "pavlov", precision: "int8" },
  { peer: "trl", precision: "bfloat16" },
];

/** Least ratios of a step's seconds, TRL's to ours, by completions of a step. */
interface StepGoals {
  readonly float32: number;
  readonly int8: number;
  /** TRL's bfloat16 to our int8, the best of each. */
  readonly best: number;
}

/** For SmolLM2-135M on two cores. */
const stepGoals: Readonly<Record<number, StepGoals>> = {
  8: { float32: 2.8, int8: 3.3, best: 2.3 },
  32: { float32: 3.5, int8: 4.2, best: 2.8 },
};
/** Least ratios of tokens a second in generation, ours to TRL's float32. */
const generationGoals = { float32: 3, int8: 4.5 } as const;
/** Most memory, in units of 2^30 bytes, by completions of a step. */
const memoryGoals: Readonly<Record<number, number>> = { 8: 4.3 };

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
};

/**
 * The figures of runs with so many completions a step, each the median of its rounds, then their ratios with the goals.
 * What did not run is left out.
 */
export const compareWithPeer = (completions: number, runs: readonly PeerFigures[]): Measurement[] => {
  const of = (peer: string, precision: string): readonly PeerFigures[] =>
    runs.filter(
      (run) =>
        run.generations * run.prompts === completions &&
        run.peer === peer &&
        (peer === "trl" ? run.dtype : run.precision) === precision,
    );
  const figure = (peer: string, precision: string, key: "step_s" | "generate_tok_s" | "peak_rss_gb"): number =>
    median(of(peer, precision).map((run) => run[key]));
  const name = (what: string): string => `${completions} completions: ${what}`;
  const figures = contestants.flatMap(({ peer, precision }): Measurement[] => {
    if (of(peer, precision).length === 0) return [];
    const who = `${peer === "trl" ? "TRL" : "Pavlov"} ${precision}`;
    const memoryGoal = peer === "pavlov" ? memoryGoals[completions] : undefined;
    return [
      { name: name(`${who}, a step`), value: figure(peer, precision, "step_s"), unit: "s" },
      { name: name(`${who}, generation`), value: figure(peer, precision, "generate_tok_s"), unit: "tokens/s" },
      {
        name: name(`${who}, peak memory`),
        value: figure(peer, precision, "peak_rss_gb"),
        unit: "GB",
        ...(memoryGoal === undefined ? {} : { atMost: memoryGoal }),
      },
    ];
  });
  const goals = stepGoals[completions];
  const stepRatio = (theirs: string, ours: string): number =>
    figure("trl", theirs, "step_s") / figure("pavlov", ours, "step_s");
  const generationRatio = (ours: string): number =>
    figure("pavlov", ours, "generate_tok_s") / figure("trl", "float32", "generate_tok_s");
  const ratio = (what: string, value: number, atLeast: number | undefined): Measurement => ({
    ...{ name: name(what), value, unit: "times as fast" },
    ...(atLeast === undefined ? {} : { atLeast }),
  });
  const ratios = [
    ratio("a step, float32 against TRL's float32", stepRatio("float32", "float32"), goals?.float32),
    ratio("a step, int8 against TRL's float32", stepRatio("float32", "int8"), goals?.int8),
    ratio("a step, int8 against TRL's bfloat16", stepRatio("bfloat16", "int8"), goals?.best),
    ratio("generation, float32 against TRL's float32", generationRatio("float32"), generationGoals.float32),
    ratio("generation, int8 against TRL's float32", generationRatio("int8"), generationGoals.int8),
  ];
  return [...figures, ...ratios.filter(({ value }) => !Number.isNaN(value))];
};
