/** The report of `pavlov doctor` as lines: sections, a line for each check, below it what to do. */
import type { Check, Status } from "@pavlov/trainer/doctor";
import type { Colors } from "./colors.js";
import { fill, padEnd, printable } from "./text.js";

const words: readonly Status[] = ["ok", "missing", "problem", "info"];

const statusWidth = Math.max(...words.map((word) => word.length));

/** What has colours says the same without them. */
function statusText(status: Status, colors: Colors): string {
  const padded = padEnd(status, statusWidth);
  const colored = { ok: colors.green, missing: colors.yellow, problem: colors.red, info: colors.dim };
  return colored[status](padded);
}

const isBad = ({ status }: Check): boolean => status === "missing" || status === "problem";

/** Lines for the checks. With `quiet` only those that something is wrong with, without headings. */
export function doctorLines(
  checks: readonly Check[],
  width: number,
  colors: Colors,
  quiet: boolean,
): readonly string[] {
  const shown = quiet ? checks.filter(isBad) : checks;
  const titles = Math.max(0, ...shown.map(({ title }) => title.length));
  const indent = " ".repeat(statusWidth + titles + 6);
  const room = Math.max(20, width - indent.length);
  const lines: string[] = [];
  for (const [index, one] of shown.entries()) {
    if (!quiet && shown[index - 1]?.section !== one.section) {
      if (index > 0) lines.push("");
      lines.push(colors.bold(one.section));
    }
    const [first = "", ...others] = fill(printable(one.detail), room);
    lines.push(`  ${statusText(one.status, colors)}  ${padEnd(one.title, titles)}  ${first}`);
    lines.push(...others.map((line) => indent + line));
    if (one.fix === undefined) continue;
    const [fix = "", ...rest] = fill(printable(one.fix), Math.max(15, room - 5));
    lines.push(`${indent}${colors.cyan("fix:")} ${fix}`, ...rest.map((line) => `${indent}     ${line}`));
  }
  return lines;
}
