/** What a run came to, as `result.json` holds it and as the terminal shows it. */
import { access, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Dataset } from "@pavlov/core";
import { writeAtomically } from "@pavlov/trainer";
import type { EvaluateSettings } from "./config-parts.js";
import type { Measurement } from "./measure.js";
import { succeeds, type SuccessRule } from "./success.js";
import type { Colors } from "./terminal/colors.js";
import { shownPath } from "./terminal/sections.js";
import {
  type ReportCompletion,
  type ReportRow,
  type ReportSample,
  sampleLines,
  tableLines,
} from "./terminal/report.js";

/** Success rates on held-out rows, as fractions; null where they were not measured. */
export interface Rates {
  readonly sampled: number | null;
  readonly greedy: number | null;
}

/** `result.json` in the run's folder. */
export interface RunResult {
  readonly before: Rates | null;
  readonly after: Rates | null;
  /** Mean score of each reward on held-out rows, sampled. */
  readonly rewards: {
    readonly before: Measurement["rewards"] | null;
    readonly after: Measurement["rewards"] | null;
  };
  readonly steps: number;
  /** Wall-clock seconds of the training alone. */
  readonly trainSeconds: number;
  /** The run's folder, from the working directory. */
  readonly output: string | null;
}

/** Measurements around a training; either may be missing. */
export interface Measurements {
  readonly before?: Measurement;
  readonly after?: Measurement;
}

const rates = (measurement: Measurement | undefined): Rates | null =>
  measurement === undefined ? null : { sampled: measurement.sampled, greedy: measurement.greedy };

/** Puts `result.json` together. */
export function runResult(
  { before, after }: Measurements,
  training: Pick<RunResult, "steps" | "trainSeconds" | "output">,
): RunResult {
  return {
    before: rates(before),
    after: rates(after),
    rewards: { before: before?.rewards ?? null, after: after?.rewards ?? null },
    ...training,
  };
}

/** Writes `result.json` into a run's folder: whole, or not at all. */
export async function saveResult(folder: string, result: RunResult): Promise<void> {
  await writeAtomically(join(folder, "result.json"), `${JSON.stringify(result, null, 2)}\n`);
}

/** Removes the result of a run that goes on past what was its end. */
export const dropResult = (folder: string): Promise<void> => rm(join(folder, "result.json"), { force: true });

/** Whether a run's folder has a result. */
export const hasResult = (folder: string): Promise<boolean> =>
  access(join(folder, "result.json")).then(
    () => true,
    () => false,
  );

type Values = Pick<ReportRow, "before" | "after">;

function values({ before, after }: Measurements, of: (measurement: Measurement) => number | null): Values {
  return {
    ...(before === undefined ? {} : { before: of(before) }),
    ...(after === undefined ? {} : { after: of(after) }),
  };
}

/** The rows of the table: success rates first, then each reward's mean score. */
export function reportRows(measurements: Measurements, rule: SuccessRule | undefined): ReportRow[] {
  const rows: ReportRow[] = [];
  if (rule !== undefined) {
    const label = `success (${Object.keys(rule).join(" and ")})`;
    rows.push({ label: `${label}, sampled`, kind: "rate", ...values(measurements, ({ sampled }) => sampled) });
    const greedy = values(measurements, (measurement) => measurement.greedy);
    if ((greedy.before ?? greedy.after ?? null) !== null)
      rows.push({ label: `${label}, greedy`, kind: "rate", ...greedy });
  }
  const names = Object.keys((measurements.after ?? measurements.before)?.rewards ?? {});
  for (const name of names) {
    const label = `mean of ${name}, sampled`;
    rows.push({ label, kind: "mean", ...values(measurements, ({ rewards }) => rewards[name] ?? null) });
  }
  return rows;
}

/** The first completions of the first rows, before and after. */
export function reportSamples(
  { before, after }: Measurements,
  rule: SuccessRule | undefined,
  { samples, numGenerations }: Pick<EvaluateSettings, "samples" | "numGenerations">,
): ReportSample[] {
  const completion = (measurement: Measurement | undefined, index: number): ReportCompletion | undefined => {
    const found = measurement?.completions[index];
    if (!found) return undefined;
    const { completion: text, total, scores } = found;
    return { text, total, ...(rule === undefined ? {} : { success: succeeds(scores, rule) }) };
  };
  return Array.from({ length: samples }, (_, row) => row * numGenerations).flatMap((index): ReportSample[] => {
    const prompt = (before ?? after)?.completions[index]?.prompt;
    if (prompt === undefined) return [];
    const [first, last] = [completion(before, index), completion(after, index)];
    return [
      {
        prompt,
        ...(first === undefined ? {} : { before: first }),
        ...(last === undefined ? {} : { after: last }),
      },
    ];
  });
}

/** Table and samples as lines. */
export function reportLines(
  measurements: Measurements,
  rule: SuccessRule | undefined,
  settings: EvaluateSettings,
  dataset: Dataset,
  width: number,
  colors: Colors,
): string[] {
  const samples = reportSamples(measurements, rule, settings);
  const rows = Math.min(dataset.rows.length, settings.limit ?? Infinity);
  return [
    colors.bold(`Held-out rows: ${rows} of ${shownPath(dataset.name)}`),
    ...tableLines(reportRows(measurements, rule), width, colors),
    ...(samples.length === 0 ? [] : ["", colors.bold("Samples"), ...sampleLines(samples, width, colors)]),
  ];
}
