/** The parts of what a command prints: what is about to run, how a model measured up, how a run ended. */
import { relative } from "node:path";
import type { Composite, Dataset } from "@pavlov/core";
import type { Measurement } from "../measure.js";
import type { SuccessRule } from "../success.js";
import type { Colors } from "./colors.js";
import { duration, grouped, metric, percent } from "./format.js";
import { sparkline } from "./progress.js";
import { cut, fill, padEnd } from "./text.js";

/** A path as its user would write it: from the working directory, unless it lies above it. */
export function shownPath(path: string): string {
  const short = relative("", path);
  if (short === "") return ".";
  return short.startsWith("..") ? path : short;
}

/** `label  value` lines with the labels aligned; a long value goes on below itself. */
export function labelled(entries: readonly (readonly [string, string])[], width: number, colors: Colors): string[] {
  const labels = Math.max(...entries.map(([label]) => label.length));
  return entries.flatMap(([label, value]) =>
    fill(value, Math.max(20, width - labels - 4)).map(
      (line, index) => `  ${colors.dim(padEnd(index === 0 ? label : "", labels))}  ${line}`,
    ),
  );
}

/** What is about to be trained or measured. */
export interface Header {
  readonly title: string;
  readonly model: string;
  readonly dataset?: Dataset;
  readonly evalDataset?: Dataset | undefined;
  readonly rewards?: Composite;
}

const rows = ({ rows: { length }, name }: Dataset): string =>
  `${grouped(length)} ${length === 1 ? "row" : "rows"} of ${shownPath(name)}`;

export function headerLines(header: Header, width: number, colors: Colors): string[] {
  const entries: (readonly [string, string])[] = [["model", shownPath(header.model)]];
  if (header.dataset) entries.push(["data", rows(header.dataset)]);
  if (header.evalDataset) entries.push(["held out", rows(header.evalDataset)]);
  if (header.rewards) entries.push(["rewards", describeRewards(header.rewards)]);
  return [cut(header.title, width), ...labelled(entries, width, colors), ""];
}

/** `correct (exact-answer), format (think-answer) x 0.2`, or the expression that combines them. */
export function describeRewards({ parts, combine }: Composite): string {
  const names = Object.entries(parts).map(([name, { reward, weight }]) => {
    const alias = reward.name === name ? name : `${name} (${reward.name})`;
    if (weight === 1) return alias;
    return weight === 0 ? `${alias}, not counted` : `${alias} × ${weight}`;
  });
  return combine === undefined ? names.join(", ") : `${combine}, with ${names.join(", ")}`;
}

/** One line on how the model measured up on the held-out rows. */
export function measurementLine(when: string, measurement: Measurement, rule: SuccessRule | undefined): string {
  const { sampled, greedy, reward } = measurement;
  if (rule === undefined) return `${when}: mean reward ${metric(reward, 3)}`;
  const rates = [`${percent(sampled)} sampled`, ...(greedy === null ? [] : [`${percent(greedy)} greedy`])];
  return `${when}: ${rates.join(", ")} (${Object.keys(rule).join(" and ")})`;
}

export interface Ending {
  readonly steps: number;
  readonly maxSteps: number;
  readonly seconds: number;
  readonly stopped: boolean;
  readonly output: string | null;
  /** What is in the run's folder. */
  readonly contents: string;
  /** What {@link history} holds. */
  readonly measured: "reward" | "loss";
  readonly history: readonly number[];
  /** Completions on which rewards abstained, by their names. */
  readonly abstained?: Readonly<Record<string, number>>;
  /** How to go on after an interruption. */
  readonly goOn?: string;
}

/** How often rewards abstained. */
function abstentionLines(abstained: Readonly<Record<string, number>>, width: number): string[] {
  const counts = Object.entries(abstained).map(([name, count]) => {
    return `${name} on ${grouped(count)} ${count === 1 ? "completion" : "completions"}`;
  });
  return counts.length === 0 ? [] : fill(`Abstained: ${counts.join(", ")}.`, width);
}

/** How a run ended, and where it is. */
export function endingLines(ending: Ending, width: number, colors: Colors): string[] {
  const { steps, maxSteps, history, output, stopped } = ending;
  const count = `${grouped(steps)} ${steps === 1 ? "step" : "steps"}`;
  const first = stopped
    ? `Stopped after ${count} of ${grouped(maxSteps)} (${duration(ending.seconds)}).`
    : `Trained ${count} in ${duration(ending.seconds)}.`;
  const curve = sparkline(history, 30);
  const ends = curve === "" ? "" : `${metric(history[0])} ${colors.cyan(curve)} ${metric(history.at(-1))}`;
  return [
    "",
    `${colors.bold(first)}${ends === "" ? "" : `  ${colors.dim(ending.measured)} ${ends}`}`,
    ...abstentionLines(ending.abstained ?? {}, width),
    ...(output === null ? [] : fill(`The run is in ${shownPath(output)}: ${ending.contents}.`, width)),
    ...(ending.goOn === undefined ? [] : ["To go on from here:", `  ${colors.bold(ending.goOn)}`]),
  ];
}
