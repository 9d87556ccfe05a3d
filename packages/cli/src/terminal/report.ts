/** What a run came to: held-out results before and after as a table, and sample completions, as lines of text. */
import type { Colors } from "./colors.js";
import { metric, percent } from "./format.js";
import { columnsOf, cut, padEnd, padStart, printable, wrap } from "./text.js";

/** One row of the table. A value is null where it was not measured. */
export interface ReportRow {
  readonly label: string;
  readonly kind: "rate" | "mean";
  readonly before?: number | null;
  readonly after?: number | null;
}

/** One completion of a sample problem. `success` is undefined where nothing says what success is. */
export interface ReportCompletion {
  readonly text: string;
  readonly total: number | null;
  readonly success?: boolean;
}

export interface ReportSample {
  readonly prompt: string;
  readonly before?: ReportCompletion;
  readonly after?: ReportCompletion;
}

const MOST_PROMPT_LINES = 4;
const MOST_COMPLETION_LINES = 6;

const show = ({ kind }: ReportRow, value: number | null | undefined): string =>
  kind === "rate" ? percent(value) : metric(value, 3);

/** The table, one line to a row and a heading; columns that no row has are left out. */
export function tableLines(rows: readonly ReportRow[], width: number, colors: Colors): string[] {
  const columns = (["before", "after"] as const).filter((column) => rows.some((row) => row[column] !== undefined));
  const cells = rows.map((row) => columns.map((column) => show(row, row[column])));
  const headings = columns.length === 1 ? ["now"] : columns;
  const widths = headings.map((heading, index) =>
    Math.max(columnsOf(heading), ...cells.map((row) => columnsOf(row[index] ?? ""))),
  );
  const numbers = widths.reduce((sum, column) => sum + column + 3, 0);
  const labels = Math.min(Math.max(...rows.map(({ label }) => columnsOf(label))), Math.max(8, width - numbers - 2));
  const heading = headings.map((text, index) => `   ${padStart(text, widths[index] ?? 0)}`).join("");
  return [
    colors.dim(`  ${" ".repeat(labels)}${heading}`),
    ...rows.map((row, index) => {
      const values = (cells[index] ?? []).map((text, column) => {
        const padded = padStart(text, widths[column] ?? 0);
        return `   ${column === columns.length - 1 ? colors.bold(padded) : padded}`;
      });
      return `  ${padEnd(cut(row.label, labels), labels)}${values.join("")}`;
    }),
  ];
}

function block(text: string, indent: number, width: number, most: number): string[] {
  const lines = wrap(printable(text), Math.max(10, width - indent));
  const kept = lines.slice(0, most);
  if (lines.length > most) kept[most - 1] = `${cut(kept[most - 1] ?? "", width - indent - 2)} …`;
  return kept;
}

function completionLines(
  name: string,
  completion: ReportCompletion,
  names: number,
  width: number,
  colors: Colors,
): string[] {
  const mark = completion.success === undefined ? "" : completion.success ? "✓ " : "✗ ";
  const score = completion.success === undefined ? `${metric(completion.total)}  ` : "";
  const label = names === 0 ? "" : `${padEnd(name, names)}  `;
  const indent = 4 + columnsOf(label) + columnsOf(mark) + columnsOf(score);
  const lines = block(completion.text === "" ? "(nothing)" : completion.text, indent, width, MOST_COMPLETION_LINES);
  const coloured = completion.success ? colors.green(mark) : colors.red(mark);
  return lines.map((line, index) =>
    index === 0 ? `    ${colors.dim(label)}${mark && coloured}${colors.dim(score)}${line}` : " ".repeat(indent) + line,
  );
}

/** Each sample's prompt, and under it its completion before and after. */
export function sampleLines(samples: readonly ReportSample[], width: number, colors: Colors): string[] {
  return samples.flatMap((sample) => {
    const both = sample.before !== undefined && sample.after !== undefined;
    const names = both ? columnsOf("before") : 0;
    const prompt = block(sample.prompt, 2, width, MOST_PROMPT_LINES).map((line) => `  ${colors.bold(line)}`);
    const lines = (["before", "after"] as const).flatMap((name) => {
      const completion = sample[name];
      return completion ? completionLines(both ? name : "", completion, names, width, colors) : [];
    });
    return [...prompt, ...lines];
  });
}
