/** What mathematical equality has to reach, and whether it does. */
import type { Judged } from "./judge.js";

export interface Check {
  readonly name: string;
  readonly passed: boolean;
  readonly detail: string;
}

const share = ({ agreed, cases }: Judged): string =>
  `${agreed} of ${cases}${cases === 0 ? "" : ` (${((100 * agreed) / cases).toFixed(2)} %)`}`;

const falsePositives = ({ disagreements }: Judged): number =>
  disagreements.filter(({ kind }) => kind === "false positive").length;

/** At least this share of the cases must agree. */
export const agreement = (name: string, judged: Judged, least: number): Check => ({
  name,
  passed: judged.cases > 0 && judged.agreed >= least * judged.cases,
  detail: `${share(judged)}, wanted ${least === 1 ? "all" : `${(100 * least).toFixed(1)} %`}`,
});

export const noFalsePositives = (name: string, judged: Judged): Check => ({
  name,
  passed: falsePositives(judged) === 0,
  detail: `${falsePositives(judged)} of ${judged.cases}, wanted 0`,
});

/** Lower is better. */
export const atMost = (name: string, value: number, most: number, unit: string): Check => ({
  name,
  passed: value <= most,
  detail: `${value.toFixed(value < 10 ? 2 : 0)} ${unit}, wanted at most ${most}`,
});

export const atLeast = (name: string, value: number, least: number, unit: string): Check => ({
  name,
  passed: value >= least,
  detail: `${value.toFixed(0)} ${unit}, wanted at least ${least}`,
});
