/** A run's progress as state and as lines of text: events in, lines out, nothing drawn here. */
import type { TrainEvent } from "@pavlov/trainer";
import type { Colors } from "./colors.js";
import { duration, grouped, metric, short } from "./format.js";
import { columnsOf, cut } from "./text.js";

type StepEvent = Extract<TrainEvent, { type: "step" }>;
type ProgressEvent = Extract<TrainEvent, { type: "progress" }>;

/** What the live line shows. */
export interface Progress {
  readonly method: "grpo" | "sft";
  readonly step?: StepEvent;
  /**
   * The last step that was measured by what the method looks at. A step that trains on completions of an earlier one has
   * no rewards of its own, and the live line goes on showing these.
   */
  readonly measured?: StepEvent;
  /** What goes on inside the current step. */
  readonly within?: ProgressEvent;
  /** When the last step ended, in milliseconds; a step that takes long shows what it is doing. */
  readonly steppedAt: number;
  /** The mean reward (GRPO) or the loss (supervised) of each step so far that has one. */
  readonly history: readonly number[];
  /** Completions on which a reward abstained in the steps so far, by the rewards that did. */
  readonly abstained: Readonly<Record<string, number>>;
}

/** A step shows its phase after this many milliseconds; quicker ones would only flicker. */
const SLOW_STEP = 1500;
const SMALLEST_BAR = 8;
const LARGEST_BAR = 30;
const GAP = 2;

const phases = { generate: "generating", score: "scoring", train: "training", evaluate: "evaluating" } as const;

export function startProgress(now: number): Progress {
  return { method: "grpo", steppedAt: now, history: [], abstained: {} };
}

/** The state after an event. */
export function advance(progress: Progress, event: TrainEvent, now: number): Progress {
  switch (event.type) {
    case "start":
      return { method: event.method, steppedAt: now, history: [], abstained: {} };
    case "progress":
      return { ...progress, within: event };
    case "step": {
      const { within: _, ...rest } = progress;
      const value = event.metrics[headlines[progress.method]];
      return {
        ...rest,
        step: event,
        ...(value === undefined ? {} : { measured: event }),
        steppedAt: now,
        history: value === null || value === undefined ? progress.history : [...progress.history, value],
        abstained: withAbstentions(progress.abstained, event.metrics),
      };
    }
    default:
      return progress;
  }
}

function withAbstentions(
  earlier: Progress["abstained"],
  metrics: Readonly<Record<string, number | null>>,
): Progress["abstained"] {
  const counts = Object.entries(metrics).flatMap(([key, count]): [string, number][] => {
    const name = /^rewards\/(\w+)\/abstained$/.exec(key)?.[1];
    return name === undefined || count === null ? [] : [[name, (earlier[name] ?? 0) + count]];
  });
  return counts.length === 0 ? earlier : { ...earlier, ...Object.fromEntries(counts) };
}

/** The one number that tells how a step went. It never falls back to another: a curve of two measures tells nothing. */
const headlines = { grpo: "reward", sft: "loss" } as const;

/** The mean score of each reward function, in the order of the metrics. */
export function rewardMeans(metrics: Readonly<Record<string, number | null>>): [name: string, mean: number | null][] {
  return Object.entries(metrics).flatMap(([key, value]): [string, number | null][] => {
    const name = /^rewards\/(.+)\/mean$/.exec(key)?.[1];
    return name === undefined ? [] : [[name, value]];
  });
}

/** Of GRPO KL where it is measured, else the entropy; of supervised training the loss. */
const gauges = { grpo: { kl: "KL", entropy: "entropy" }, sft: { loss: "loss" } } as const;

function gauge(method: Progress["method"], metrics: StepEvent["metrics"]): [name: string, value: number] | undefined {
  for (const [key, name] of Object.entries(gauges[method])) {
    const value = metrics[key];
    if (value !== null && value !== undefined) return [name, value];
  }
  return undefined;
}

interface Segment {
  readonly plain: string;
  readonly styled: string;
  /** Where the line is too narrow, the segment with the lowest rank goes first. */
  readonly rank: number;
}

function pair(name: string, value: string, rank: number, colors: Colors): Segment {
  return { plain: `${name} ${value}`, styled: `${colors.dim(name)} ${colors.bold(value)}`, rank };
}

function stepSegments({ step, method, measured }: Progress & { step: StepEvent }, colors: Colors): Segment[] {
  const segments: Segment[] = [];
  const { metrics, tokensPerSecond } = measured ?? step;
  const means = rewardMeans(metrics);
  means.forEach(([name, mean], index) => segments.push(pair(name, metric(mean), 50 - index, colors)));
  if (means.length === 0 && method === "grpo") segments.push(pair("reward", metric(metrics["reward"]), 50, colors));
  const shown = gauge(method, step.metrics);
  if (shown) segments.push(pair(shown[0], metric(shown[1]), method === "sft" ? 60 : 20, colors));
  const accuracy = method === "sft" ? step.metrics["mean_token_accuracy"] : undefined;
  if (accuracy !== undefined) segments.push(pair("accuracy", metric(accuracy, 3), 30, colors));
  const speed = `${short(tokensPerSecond)} tok/s`;
  segments.push({ plain: speed, styled: speed, rank: 10 });
  const left = step.step >= step.maxSteps ? "done" : `${duration(step.secondsLeft)} left`;
  segments.push({ plain: left, styled: colors.cyan(left), rank: 90 });
  return segments;
}

function bar(done: number, total: number, width: number, colors: Colors): string {
  const full = total === 0 ? 0 : Math.min(width, Math.round((done / total) * width));
  return colors.green("━".repeat(full)) + colors.dim("─".repeat(width - full));
}

/** The live line, at most `width` columns wide; empty before there is anything to show. */
export function progressLine(progress: Progress, width: number, colors: Colors, now: number): string {
  const { within } = progress;
  // An evaluation outside of any run knows no steps.
  const evaluating = within?.phase === "evaluate" && within.maxSteps === 0;
  const step = evaluating ? undefined : progress.step;
  const slow = within && (step === undefined || now - progress.steppedAt > SLOW_STEP);
  const segments: Segment[] = [];
  if (slow) {
    const text = `${phases[within.phase]} ${grouped(within.done)}/${grouped(within.total)}`;
    segments.push({ plain: text, styled: colors.dim(text), rank: 15 });
  }
  if (step) segments.unshift(...stepSegments({ ...progress, step }, colors));
  if (segments.length === 0) return "";

  const current = step?.step ?? within?.step ?? 0;
  const total = step?.maxSteps ?? within?.maxSteps ?? 0;
  const lead = evaluating ? "" : `${String(current).padStart(String(total).length)}/${total}`;
  const widthOf = (): number =>
    columnsOf(lead) + segments.reduce((sum, { plain }) => sum + GAP + columnsOf(plain), 0) - (lead === "" ? GAP : 0);
  while (widthOf() > width && segments.length > 1) {
    const lowest = segments.reduce((least, segment) => (segment.rank < least.rank ? segment : least));
    segments.splice(segments.indexOf(lowest), 1);
  }
  if (widthOf() > width) return cut([lead, ...segments.map(({ plain }) => plain)].join(" ").trim(), width);

  const room = width - widthOf() - GAP;
  const [done, of] = evaluating ? [within.done, within.total] : [current, total];
  const drawn = room >= SMALLEST_BAR ? [bar(done, of, Math.min(room, LARGEST_BAR), colors)] : [];
  const parts = [...(lead === "" ? [] : [colors.bold(lead)]), ...drawn, ...segments.map(({ styled }) => styled)];
  return parts.join(" ".repeat(GAP));
}

/** A step as a line of its own, for logs: only what belongs to this step. */
export function plainLine({ step, method, measured }: Progress & { readonly step: StepEvent }): string {
  const rewards = rewardMeans(step.metrics).map(([name, mean]) => `${name} ${metric(mean, 3)}`);
  const total = step.metrics["reward"];
  const shown = gauge(method, step.metrics);
  return [
    `step ${step.step}/${step.maxSteps}`,
    ...(total === undefined ? [] : [`reward ${metric(total, 3)}`]),
    ...rewards,
    ...(shown ? [`${shown[0]} ${metric(shown[1], 3)}`] : []),
    ...(measured === step ? [`${grouped(Math.round(step.tokensPerSecond))} tokens/s`] : []),
    step.step >= step.maxSteps ? "done" : `${duration(step.secondsLeft)} left`,
  ].join("  ");
}

/** Whether a log should show this step: the first, the last, about twenty in between, and one each half minute. */
export function isWorthALine(step: number, maxSteps: number, millisecondsSinceLast: number): boolean {
  const every = Math.max(1, Math.ceil(maxSteps / 20));
  return step === 1 || step >= maxSteps || step % every === 0 || millisecondsSinceLast >= 30_000;
}

/** A curve in one line of `width` characters at most: `▁▂▄▇█`. Empty for fewer than two values. */
export function sparkline(values: readonly number[], width: number): string {
  if (values.length < 2) return "";
  const points = Math.min(width, values.length);
  const means = Array.from({ length: points }, (_, index) => {
    const slice = values.slice(
      Math.floor((index * values.length) / points),
      Math.floor(((index + 1) * values.length) / points),
    );
    return slice.reduce((sum, value) => sum + value, 0) / slice.length;
  });
  const lowest = Math.min(...means);
  const span = Math.max(...means) - lowest;
  const blocks = "▁▂▃▄▅▆▇█";
  return means.map((mean) => blocks[span === 0 ? 0 : Math.round(((mean - lowest) / span) * 7)]).join("");
}
