/**
 * A scored completion explained: its whole text and the columns that rewards read, what each reward found in it and why,
 * what it adds to the total, and how the total comes about.
 */
import { columnNames, type Composite, type Score, type ScoredBatch, type ScorerSample } from "@pavlov/core";
import type { Colors } from "./colors.js";
import { metric } from "./format.js";
import { cut, fill, padEnd, printable, wrap } from "./text.js";

/** Lines that are shown of a prompt, and of a column. */
const MOST_LINES = 8;

/** Columns that a label may take. */
const LONGEST_LABEL = 24;

/** Digits after the point. */
const DIGITS = 3;

/** What one reward adds to a weighted sum; null where it adds nothing, or where an expression makes the total. */
export function contribution(
  { parts, combine }: Pick<Composite, "parts" | "combine">,
  name: string,
  score: Score,
): Score {
  const weight = parts[name]?.weight ?? 1;
  return combine !== undefined || score === null || weight === 0 ? null : 0 + weight * score;
}

/** The lines about one completion. `sample` is what was scored. */
export function explainLines(
  batch: ScoredBatch,
  index: number,
  sample: Pick<ScorerSample, "completion" | "prompt" | "row">,
  rewards: Pick<Composite, "parts" | "combine" | "columns" | "total">,
  width: number,
  colors: Colors,
): string[] {
  const shown = columnNames(rewards.columns).filter((name) => Object.hasOwn(sample.row, name));
  const given: (readonly [string, readonly string[]])[] = [];
  const names = ["completion", "prompt", "total", ...shown, ...batch.names];
  const labels = Math.min(LONGEST_LABEL, Math.max(...names.map((name) => printable(name).length)));
  const room = Math.max(20, width - labels - 4);
  if (sample.prompt !== undefined) given.push(["prompt", shortened(textLines(sample.prompt, room), colors)]);
  given.push(["completion", textLines(sample.completion, room)]);
  for (const name of shown) given.push([name, shortened(textLines(asText(sample.row[name]), room), colors)]);
  const scored = batch.names.map((name, column): readonly [string, readonly string[]] => [
    name,
    rewardLines(batch, index, column, rewards, room, colors),
  ]);
  const total = batch.total[index] ?? null;
  const heading = `${index + 1} of ${batch.total.length}`;
  return [
    ...(index === 0 ? [] : [""]),
    `${colors.dim(heading)}  ${colors.bold(total === null ? "unscored" : `total ${metric(total, DIGITS)}`)}`,
    ...given.flatMap(([label, lines]) => beside(label, lines, labels, colors.dim)),
    "",
    ...scored.flatMap(([label, lines]) => beside(label, lines, labels, colors.cyan)),
    ...beside("total", totalLines(batch, index, rewards, room), labels, colors.bold),
  ];
}

/** Lines with a label before the first of them. */
function beside(
  label: string,
  lines: readonly string[],
  labels: number,
  color: (text: string) => string,
): readonly string[] {
  return lines.map((line, order) =>
    `  ${color(padEnd(order === 0 ? cut(printable(label), labels) : "", labels))}  ${line}`.trimEnd(),
  );
}

/** A text as it is, in lines of at most `width` columns: between words where it can be, and with its indentation. */
function textLines(text: string, width: number): string[] {
  if (text === "") return ["(nothing)"];
  return text.split(/\r?\n/).flatMap((line) => {
    const safe = printable(line);
    const indent = safe.length - safe.trimStart().length;
    if (indent === 0) return fill(safe, width);
    if (indent > width / 2) return wrap(safe, width);
    return fill(safe.slice(indent), width - indent).map((piece) => " ".repeat(indent) + piece);
  });
}

function shortened(lines: readonly string[], colors: Colors): readonly string[] {
  if (lines.length <= MOST_LINES + 1) return lines;
  return [...lines.slice(0, MOST_LINES), colors.dim(`… and ${lines.length - MOST_LINES} more lines`)];
}

function asText(value: unknown): string {
  if (typeof value === "string") return value;
  return JSON.stringify(value) ?? String(value);
}

/** `used: requests 2, cost 0.01` in lines; none where there are no numbers. */
function numberLines(what: string, numbers: Readonly<Record<string, number>> | undefined, width: number): string[] {
  const entries = Object.entries(numbers ?? {});
  if (entries.length === 0) return [];
  const said = entries.map(([name, value]) => `${name} ${Number(value.toPrecision(6))}`).join(", ");
  return fill(`${what}: ${printable(said)}`, width);
}

/** The score with what it adds, then the reason, what was measured, and the error where it failed. */
function rewardLines(
  { names, scores, reasons, metrics, usage, cacheHits, failures }: ScoredBatch,
  index: number,
  column: number,
  rewards: Pick<Composite, "parts" | "combine" | "total">,
  width: number,
  colors: Colors,
): string[] {
  const name = names[column] ?? "";
  const score = scores[index]?.[column] ?? null;
  const failure = failures[index]?.[column];
  const use = rewards.parts[name];
  const which = use === undefined || use.reward.name === name ? "" : `  ${colors.dim(`(${use.reward.name})`)}`;
  const [reason, hits] = [reasons[index]?.[column], cacheHits?.[index]?.[column] ?? 0];
  const rest = [
    ...(failure === undefined ? [] : fill(printable(failure.message), width).map((line) => colors.red(line))),
    ...(reason === undefined ? [] : textLines(reason, width)),
    ...[
      ...numberLines("measured", metrics[index]?.[column], width),
      ...numberLines("used", usage?.[index]?.[column], width),
      ...(hits > 0 ? ["from the cache"] : []),
    ].map((line) => colors.dim(line)),
  ];
  const whatIf = failure === undefined ? withoutIt(names, scores[index] ?? [], column, rewards) : undefined;
  if (whatIf !== undefined) rest.push(...fill(whatIf, width).map((line) => colors.dim(line)));
  return [`${scoreText(score, failure !== undefined, name, rewards, colors)}${which}`, ...rest];
}

/** `1.000 × 0.2 = 0.200` */
function scoreText(
  score: Score,
  failed: boolean,
  name: string,
  rewards: Pick<Composite, "parts" | "combine">,
  colors: Colors,
): string {
  if (score === null) {
    if (failed) return colors.red("failed");
    return colors.yellow(rewards.combine === undefined ? "abstains, adds nothing" : "abstains");
  }
  const weight = rewards.parts[name]?.weight ?? 1;
  const added = contribution(rewards, name, score);
  const number = colors.bold(metric(score, DIGITS));
  const stands = failed ? ` ${colors.red("stands in for a failure")}` : "";
  if (rewards.combine !== undefined) return `${number}${stands}`;
  if (added === null) return `${number} × 0, not counted${stands}`;
  return weight === 1 ? `${number}${stands}` : `${number} × ${weight} = ${metric(added, DIGITS)}${stands}`;
}

/** Under an expression a reward has no part of its own in the total: what the total would be if it gave 0. */
function withoutIt(
  names: readonly string[],
  scores: readonly Score[],
  column: number,
  { combine, total }: Pick<Composite, "combine" | "total">,
): string | undefined {
  const score = scores[column] ?? null;
  if (combine === undefined || score === null || score === 0) return undefined;
  const others = names.map((name, position): [string, Score] => [
    name,
    position === column ? 0 : (scores[position] ?? null),
  ]);
  try {
    const otherwise = total(Object.fromEntries(others));
    if (otherwise === null || !Number.isFinite(otherwise)) return undefined;
    return `were it 0, the total would be ${metric(otherwise, DIGITS)}`;
  } catch {
    // An expression that cannot be computed there says nothing of this completion.
    return undefined;
  }
}

/** Why there is no total where nothing failed. An expression without one of its operands has no value. */
function abstention(abstaining: readonly string[], combine: string | undefined): string {
  if (combine === undefined) return "none, because every reward abstains";
  const verb = abstaining.length === 1 ? "abstains" : "abstain";
  const stand = `default(${abstaining[0] ?? "name"}, 0)`;
  return `none, because ${abstaining.join(" and ")} ${verb}: in ${combine}, ${stand} would stand in`;
}

/** `1.000 + 0.200 = 1.200`, the expression, or why there is no total. */
function totalLines(
  { names, scores, total, failures, totalFailures }: ScoredBatch,
  index: number,
  rewards: Pick<Composite, "parts" | "combine">,
  width: number,
): string[] {
  const sum = total[index] ?? null;
  if (sum === null) {
    const problem = totalFailures?.[index]?.message;
    const failed = names.filter((_, column) => failures[index]?.[column] && scores[index]?.[column] === null);
    const abstaining = names.filter((_, column) => (scores[index]?.[column] ?? null) === null);
    const why =
      problem ??
      (failed.length > 0 ? `none, because ${failed.join(" and ")} failed` : abstention(abstaining, rewards.combine));
    return fill(printable(why), width);
  }
  const result = metric(sum, DIGITS);
  if (rewards.combine !== undefined) return fill(`${printable(rewards.combine)} = ${result}`, width);
  const added = names.flatMap((name, column) => contribution(rewards, name, scores[index]?.[column] ?? null) ?? []);
  if (added.length < 2) return [result];
  const terms = added.map((value, order) => {
    const size = metric(Math.abs(value), DIGITS);
    if (order === 0) return value < 0 ? `-${size}` : size;
    return `${value < 0 ? "-" : "+"} ${size}`;
  });
  return fill(`${terms.join(" ")} = ${result}`, width);
}
