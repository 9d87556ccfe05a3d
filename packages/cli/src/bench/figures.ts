/** The figures of a benchmark: what a step and its parts took, under the names of the program that times TRL. */
import type { BenchOptions } from "./work.js";

/** A trainer's metrics of one step. */
export type StepMetrics = Readonly<Record<string, number | null>>;

/** Where and how it was measured. */
export interface BenchSetting extends BenchOptions {
  readonly engine: string;
  readonly threads: number;
  /** The processor's name. */
  readonly cpu: string;
  /**
   * Largest resident sizes of this process and of the one that holds the model, added, in kilobytes: at least what both
   * held at the same time, since each may have had its peak at another.
   */
  readonly peakKilobytes: number;
}

/** The line that is printed. Means leave out the first step, in which programs are compiled. */
export interface BenchFigures {
  readonly peer: "pavlov";
  /** Of the training pass. */
  readonly dtype: "float32";
  /** Of the rollouts. */
  readonly precision: string;
  readonly engine: string;
  readonly threads: number;
  readonly cpu: string;
  readonly generations: number;
  readonly prompts: number;
  readonly new: number;
  readonly lora: number;
  readonly micro: number;
  readonly checkpointing: boolean;
  readonly pass: string;
  /** Mean seconds of a step, and of its parts. */
  readonly step_s: number;
  readonly generate_s: number;
  /** Of `generate_s`: the sampling program made anew from trained weights. null where it reads those themselves. */
  readonly refresh_s: number | null;
  readonly score_s: number;
  readonly train_s: number;
  readonly optimizer_s: number;
  /** Completion tokens for each second of generating, and of all. */
  readonly generate_tok_s: number;
  readonly tok_s: number;
  /** Seconds of every step, the first included. */
  readonly steps: readonly number[];
  readonly loss: readonly (number | null)[];
  readonly reward: readonly (number | null)[];
  /**
   * Of rollouts at another precision: how far their log-probabilities lie from the training pass's (mean, in nats), and
   * the fraction of completions that the correction drops. null without such.
   */
  readonly drift: number | null;
  readonly dropped: number | null;
  /** Of all processes, an upper bound: see {@link BenchSetting.peakKilobytes}. */
  readonly peak_rss_gb: number;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Makes the line of the steps' metrics, at least two. */
export function benchFigures(steps: readonly StepMetrics[], setting: BenchSetting): BenchFigures {
  const measured = steps.slice(1);
  const meanOrNull = (name: string): number | null => {
    const values = measured.flatMap((metrics) => metrics[name] ?? []);
    return values.length === 0 ? null : round(mean(values), 4);
  };
  const meanOf = (name: string): number => mean(measured.map((metrics) => metrics[name] ?? 0));
  const completions = setting.generations * setting.prompts;
  const tokens = completions * meanOf("completions/mean_length");
  const [step, generate] = [meanOf("step_time"), meanOf("time/generate")];
  return {
    peer: "pavlov",
    dtype: "float32",
    precision: setting.precision,
    engine: setting.engine,
    threads: setting.threads,
    cpu: setting.cpu,
    generations: setting.generations,
    prompts: setting.prompts,
    new: setting.new,
    lora: setting.lora,
    micro: setting.micro === 0 ? completions : setting.micro,
    checkpointing: setting.checkpointing,
    pass: setting.pass,
    step_s: round(step, 3),
    generate_s: round(generate, 3),
    refresh_s: meanOrNull("time/rollout_refresh"),
    score_s: round(meanOf("time/score"), 3),
    train_s: round(meanOf("time/train"), 3),
    optimizer_s: round(meanOf("time/optimizer"), 3),
    generate_tok_s: round(tokens / generate, 1),
    tok_s: round(tokens / step, 1),
    steps: steps.map((metrics) => round(metrics["step_time"] ?? 0, 2)),
    loss: steps.map((metrics) => metrics["loss"] ?? null),
    reward: steps.map((metrics) => metrics["reward"] ?? null),
    drift: meanOrNull("sampling/sampling_logp_difference/mean"),
    dropped: meanOrNull("sampling/dropped_fraction"),
    peak_rss_gb: round(setting.peakKilobytes / 2 ** 20, 2),
  };
}

/** The same as aligned lines to read. */
export function figureLines(figures: BenchFigures): string[] {
  const { step_s, generate_s, refresh_s, score_s, train_s, optimizer_s } = figures;
  const rest = Math.max(0, step_s - generate_s - score_s - train_s - optimizer_s);
  const share = (seconds: number): string => `${((100 * seconds) / step_s).toFixed(0)} %`;
  const rows: [name: string, seconds: number, remark: string][] = [
    ["a step", step_s, `${figures.tok_s} completion tokens/s`],
    ["  generating", generate_s, `${share(generate_s)}, ${figures.generate_tok_s} tokens/s, ${figures.precision}`],
    ...(refresh_s === null
      ? []
      : [["    refreshing weights", refresh_s, share(refresh_s)] as [string, number, string]]),
    ["  scoring", score_s, share(score_s)],
    ["  training", train_s, share(train_s)],
    ["  optimizer", optimizer_s, share(optimizer_s)],
    ["  the rest", rest, share(rest)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const { generations, prompts, drift, dropped } = figures;
  return [
    `${prompts} × ${generations} completions of ${figures.new} tokens, ${figures.steps.length - 1} steps after the first, ` +
      `${figures.engine}, ${figures.threads} threads, ${figures.cpu}`,
    ...rows.map(([name, seconds, remark]) => `${name.padEnd(width)}  ${seconds.toFixed(2).padStart(7)} s  ${remark}`),
    ...(drift === null
      ? []
      : [
          `log-probabilities ${drift.toFixed(4)} nats off in ${figures.precision}, ${(100 * (dropped ?? 0)).toFixed(1)} % dropped`,
        ]),
    `${"peak memory".padEnd(width)}  ${figures.peak_rss_gb.toFixed(2).padStart(7)} GB`,
  ];
}
