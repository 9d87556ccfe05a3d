/** The figures of a benchmark: what a step and its parts took, under the names of the program that times TRL. */
import { byteCount } from "../terminal/format.js";
import { fill } from "../terminal/text.js";
import type { BenchOptions } from "./work.js";

/** A trainer's metrics of one step. */
export type StepMetrics = Readonly<Record<string, number | null>>;

/** Where and how it was measured. */
export interface BenchSetting extends BenchOptions {
  readonly engine: string;
  /** `cpu`, `webgpu`, `cuda` or `tfjs-node-gpu`. */
  readonly device: string;
  readonly threads: number;
  /** The processor's name. */
  readonly cpu: string;
  /**
   * Largest resident sizes of this process and of the one that holds the model, added, in kilobytes: at least what both
   * held at the same time, since each may have had its peak at another.
   */
  readonly peakKilobytes: number;
  /** The most bytes that were in use on the GPU; null on the CPU, and where nothing tells. */
  readonly deviceBytes: number | null;
  /** Seconds of reading the model and bringing it to where it is computed with. */
  readonly loadSeconds: number;
  /** Seconds of bringing the trained weights back and writing them; null where they were not saved. */
  readonly saveSeconds: number | null;
}

/** The line that is printed. Means leave out the first step, in which programs are compiled. */
export interface BenchFigures {
  readonly peer: "pavlov";
  /** Of the training pass. */
  readonly dtype: "float32";
  /** Of the rollouts. */
  readonly precision: string;
  readonly engine: string;
  readonly device: string;
  readonly threads: number;
  readonly cpu: string;
  readonly generations: number;
  readonly prompts: number;
  readonly new: number;
  readonly lora: number;
  readonly micro: number;
  readonly checkpointing: boolean;
  readonly pass: string;
  /** Mean seconds of a step, and of its parts, which add up to it with `rest_s`. */
  readonly step_s: number;
  readonly generate_s: number;
  /** Of `generate_s`: the sampling program made anew from trained weights. null where it reads those themselves. */
  readonly refresh_s: number | null;
  readonly score_s: number;
  readonly train_s: number;
  readonly optimizer_s: number;
  /**
   * Of values that went to the device or came from it by themselves. null on the CPU, and on a device on which all crosses
   * within the runs.
   */
  readonly transfer_s: number | null;
  readonly rest_s: number;
  /** What crosses in a step, runs' own inputs and results included: megabytes each way, and tensors. null on the CPU. */
  readonly to_device_mb: number | null;
  readonly from_device_mb: number | null;
  readonly crossings: number | null;
  /** Before the first step, and after the last one where `--save` asked for it. */
  readonly load_s: number;
  readonly save_s: number | null;
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
  /** The most that was seen in use on the GPU, by all programs there, in megabytes. null where nothing tells. */
  readonly device_mb: number | null;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Makes the line of the steps' metrics, at least two. */
export function benchFigures(steps: readonly StepMetrics[], setting: BenchSetting): BenchFigures {
  const measured = steps.slice(1);
  const exactMeanOrNull = (name: string): number | null => {
    const values = measured.flatMap((metrics) => metrics[name] ?? []);
    return values.length === 0 ? null : mean(values);
  };
  const meanOrNull = (name: string): number | null => {
    const value = exactMeanOrNull(name);
    return value === null ? null : round(value, 4);
  };
  const meanOf = (name: string): number => mean(measured.map((metrics) => metrics[name] ?? 0));
  const completions = setting.generations * setting.prompts;
  const tokens = completions * meanOf("completions/mean_length");
  const [step, generate] = [meanOf("step_time"), meanOf("time/generate")];
  const parts = {
    generate_s: round(generate, 3),
    score_s: round(meanOf("time/score"), 3),
    train_s: round(meanOf("time/train"), 3),
    optimizer_s: round(meanOf("time/optimizer"), 3),
  };
  const transfer = exactMeanOrNull("time/transfer");
  const transferred = transfer === null ? null : round(transfer, 3);
  const crossings = exactMeanOrNull("transfer/count");
  const known = Object.values(parts).reduce((sum, seconds) => sum + seconds, transferred ?? 0);
  const inMegabytes = (bytes: number | null, digits: number): number | null =>
    bytes === null ? null : round(bytes / 1e6, digits);
  return {
    peer: "pavlov",
    dtype: "float32",
    precision: setting.precision,
    engine: setting.engine,
    device: setting.device,
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
    ...parts,
    refresh_s: meanOrNull("time/rollout_refresh"),
    transfer_s: transferred,
    rest_s: round(Math.max(0, round(step, 3) - known), 3),
    to_device_mb: inMegabytes(exactMeanOrNull("transfer/bytes_to_device"), 6),
    from_device_mb: inMegabytes(exactMeanOrNull("transfer/bytes_from_device"), 6),
    crossings: crossings === null ? null : Math.round(crossings),
    load_s: round(setting.loadSeconds, 3),
    save_s: setting.saveSeconds === null ? null : round(setting.saveSeconds, 3),
    generate_tok_s: round(tokens / generate, 1),
    tok_s: round(tokens / step, 1),
    steps: steps.map((metrics) => round(metrics["step_time"] ?? 0, 2)),
    loss: steps.map((metrics) => metrics["loss"] ?? null),
    reward: steps.map((metrics) => metrics["reward"] ?? null),
    drift: meanOrNull("sampling/sampling_logp_difference/mean"),
    dropped: meanOrNull("sampling/dropped_fraction"),
    peak_rss_gb: round(setting.peakKilobytes / 2 ** 20, 2),
    device_mb: inMegabytes(setting.deviceBytes, 0),
  };
}

/** What crosses to and from the device in a step. */
function crossingRemark({ to_device_mb, from_device_mb, crossings, transfer_s, step_s }: BenchFigures): string {
  const megabytes = (count: number | null): string => byteCount((count ?? 0) * 1e6);
  const within = transfer_s === null ? "within the runs" : share(transfer_s, step_s);
  return `${within}, ${megabytes(to_device_mb)} there, ${megabytes(from_device_mb)} back, ${crossings ?? 0} tensors`;
}

const share = (seconds: number, step: number): string => `${((100 * seconds) / step).toFixed(0)} %`;

/** A line of the table; seconds are null where they cannot be told. */
type Row = readonly [name: string, seconds: number | null, remark: string];

/** The same as aligned lines to read, `width` columns wide. */
export function figureLines(figures: BenchFigures, width: number): string[] {
  const { step_s, generate_s, refresh_s, score_s, train_s, optimizer_s, transfer_s, rest_s } = figures;
  const ofStep = (seconds: number): string => share(seconds, step_s);
  const rows: Row[] = [
    ["a step", step_s, `${figures.tok_s} completion tokens/s`],
    ["  generating", generate_s, `${ofStep(generate_s)}, ${figures.generate_tok_s} tokens/s, ${figures.precision}`],
    ...(refresh_s === null ? [] : [["    refreshing weights", refresh_s, ofStep(refresh_s)] satisfies Row]),
    ["  scoring", score_s, ofStep(score_s)],
    ["  training", train_s, ofStep(train_s)],
    ["  optimizer", optimizer_s, ofStep(optimizer_s)],
    ...(figures.crossings === null ? [] : [["  transfers", transfer_s, crossingRemark(figures)] satisfies Row]),
    ["  the rest", rest_s, ofStep(rest_s)],
    ["loading", figures.load_s, figures.device === "cpu" ? "" : `files to ${figures.device}`],
    ...(figures.save_s === null ? [] : [["saving", figures.save_s, ""] satisfies Row]),
  ];
  const names = Math.max(...rows.map(([name]) => name.length), "  of the GPU".length);
  const amount = (value: string, unit: string, remark = ""): string =>
    `${value.padStart(7)} ${unit}  ${remark}`.trimEnd();
  const { generations, prompts, drift, dropped, device_mb } = figures;
  const measured = figures.steps.length - 1;
  return [
    ...fill(
      `${prompts} × ${generations} completions of ${figures.new} tokens, ` +
        `${measured} ${measured === 1 ? "step" : "steps"} after the first, ` +
        `${figures.engine}, ${figures.threads} threads, ${figures.cpu}`,
      width,
    ),
    ...rows.map(
      ([name, seconds, remark]) => `${name.padEnd(names)}  ${amount(seconds?.toFixed(2) ?? "-", "s", remark)}`,
    ),
    ...(drift === null
      ? []
      : [
          `log-probabilities ${drift.toFixed(4)} nats off in ${figures.precision}, ${(100 * (dropped ?? 0)).toFixed(1)} % dropped`,
        ]),
    `${"peak memory".padEnd(names)}  ${amount(figures.peak_rss_gb.toFixed(2), "GB")}`,
    ...(device_mb === null ? [] : [`${"  of the GPU".padEnd(names)}  ${amount((device_mb / 1000).toFixed(2), "GB")}`]),
  ];
}
