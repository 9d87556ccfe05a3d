/** Scored completions as lines: the total, then each reward's score and its reason. */
import type { ScoredBatch } from "@pavlov/core";
import type { Colors } from "./colors.js";
import { metric } from "./format.js";
import { columnsOf, cut, padEnd, padStart, printable } from "./text.js";

/** What is missing says why; `-` would look like a value that is missing by mistake. */
const scoreText = (score: number | null | undefined, hasFailed: boolean): string => {
  if (score !== null && score !== undefined) return metric(score, 3);
  return hasFailed ? "failed" : "abstains";
};

/** One completion: its first line of text and total, and a line for each reward. */
export function scoreLines(
  { names, scores, total, reasons, failures }: ScoredBatch,
  index: number,
  completion: string,
  width: number,
  colors: Colors,
): string[] {
  const number = `${index + 1}.`;
  const sum = total[index] ?? null;
  const totalText = sum === null ? "unscored" : metric(sum, 3);
  const labels = Math.max(...names.map((name) => name.length));
  const values = names.map((_, column) => scoreText(scores[index]?.[column], failures[index]?.[column] !== undefined));
  const numbers = Math.max(...values.map((value) => value.length));
  const room = Math.max(10, width - number.length - totalText.length - 4);
  return [
    `${colors.dim(number)} ${colors.bold(totalText)}  ${cut(printable(completion) || "(nothing)", room)}`,
    ...names.map((name, column) => {
      const reason = failures[index]?.[column]?.message ?? reasons[index]?.[column];
      const lead = `   ${padEnd(name, labels)}  ${padStart(values[column] ?? "", numbers)}`;
      const left = Math.max(10, width - lead.length - 2);
      return reason === undefined ? lead : `${lead}  ${colors.dim(cut(printable(reason), left))}`;
    }),
  ];
}

/** The mean of each reward and of the total, abstentions and what could not be scored left out and counted. */
export function meanLines(
  { names, scores, total, failures }: ScoredBatch,
  colors: Colors,
  width = Number.POSITIVE_INFINITY,
): string[] {
  const mean = (values: readonly (number | null | undefined)[]): number | null => {
    const present = values.filter((value) => value !== null && value !== undefined);
    return present.length === 0 ? null : present.reduce((sum, value) => sum + value, 0) / present.length;
  };
  const parts = names.map((name, column) => {
    const missing = scores.flatMap((row, index) => ((row[column] ?? null) === null ? [index] : []));
    const failed = missing.filter((index) => failures[index]?.[column] !== undefined).length;
    const abstained = missing.length - failed;
    const counts = [...(abstained > 0 ? [`${abstained} abstained`] : []), ...(failed > 0 ? [`${failed} failed`] : [])];
    const left = counts.length === 0 ? "" : ` (${counts.join(", ")})`;
    return `${name} ${metric(mean(scores.map((row) => row[column])), 3)}${left}`;
  });
  const unscored = total.filter((value) => value === null).length;
  const count = `${total.length} ${total.length === 1 ? "completion" : "completions"}`;
  const said = `Mean of ${count}${unscored > 0 ? ` (${unscored} unscored)` : ""}: ${metric(mean(total), 3)}`;
  const lines: string[] = [];
  let line = said;
  for (const part of parts) {
    if (columnsOf(line) + 2 + columnsOf(part) > width) {
      lines.push(line);
      line = `  ${part}`;
    } else line = `${line}  ${part}`;
  }
  const [first, ...rest] = [...lines, line];
  return ["", `${colors.bold(said)}${first.slice(said.length)}`, ...rest];
}

/** A line for each reward that used something up, or whose results came from the cache. */
export function usageLines({ names, usage, cacheHits }: ScoredBatch, colors: Colors): string[] {
  return names.flatMap((name, column) => {
    const sums = new Map<string, number>();
    for (const row of usage ?? []) {
      for (const [key, value] of Object.entries(row[column] ?? {})) sums.set(key, (sums.get(key) ?? 0) + value);
    }
    const hits = (cacheHits ?? []).reduce((sum, row) => sum + (row[column] ?? 0), 0);
    const said = [...sums].map(([key, value]) => `${key} ${Number(value.toPrecision(6))}`);
    if (hits > 0) said.push(`${hits} from the cache`);
    return said.length === 0 ? [] : [colors.dim(`${name} used: ${said.join(", ")}`)];
  });
}
