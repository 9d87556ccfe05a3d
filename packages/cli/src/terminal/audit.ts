/** What an audit found as lines: how honest completions look and what they earn, then each exploit with who pays for it. */
import type { AuditReport, Exploit } from "@pavlov/core";
import type { Colors } from "./colors.js";
import { grouped, metric, percent } from "./format.js";
import { labelled } from "./sections.js";
import { cut, fill, printable } from "./text.js";

/** Lines of a completion that are shown. */
const MOST_LINES = 3;

const plural = (count: number, one: string, many: string): string => `${grouped(count)} ${count === 1 ? one : many}`;

const earned = (value: number): string => `${value < 0 ? "" : "+"}${metric(value, 3)}`;

/** What attacks are measured against. */
export function honestEntries({ honest }: AuditReport): [string, string][] {
  const { form, thinking, answers, right, wrong } = honest;
  const earns = right === null ? metric(wrong, 3) : `${metric(right, 3)} right, ${metric(wrong, 3)} wrong`;
  return [
    ["honest", `${form}; ${thinking}; answers: ${answers}`],
    ["earns", earns],
  ];
}

/** The first lines of a completion that may be very long. */
function shortened(text: string, characters: number, width: number): string {
  const room = MOST_LINES * Math.max(20, width);
  const said = characters > text.length || text.length > room ? ` (${grouped(characters)} characters)` : "";
  return (cut(printable(text.slice(0, room)), room - said.length) || "(nothing)") + said;
}

function exploitLines(exploit: Exploit, number: number, width: number, colors: Colors): string[] {
  const { kind, title, attack, others, knowsAnswer, margin, share, rows, tried, example, advice } = exploit;
  const worth = share === null ? "" : `, ${percent(share)} of what being right adds`;
  const beyond = kind === "answer repeated" ? "an honest right answer" : "an honest wrong answer";
  const more =
    kind === "format outbids" ? `${earned(margin)} beyond what being right adds` : `${earned(margin)} beyond ${beyond}`;
  const entries: [string, string][] = [
    ["attack", attack + (knowsAnswer && kind !== "answer repeated" ? " (the right one is among them by luck)" : "")],
    ["earns", `${more}${worth}; on ${rows} of ${plural(tried, "row", "rows")}`],
    ["example", shortened(example.completion, example.characters, width - 14)],
    ["prompt", shortened(example.prompt, example.prompt.length, (width - 14) / MOST_LINES)],
    ...example.parts
      .filter(({ contribution }, index) => index === 0 || contribution > 0)
      .map(({ name, score, honestScore, contribution, reason }, index): [string, string] => [
        index === 0 ? "paid by" : "",
        `${name} ${earned(contribution)} (${metric(score, 3)}, honest ${metric(honestScore, 3)})` +
          (reason === undefined ? "" : `: ${printable(reason)}`),
      ]),
    ["advice", advice],
  ];
  if (others.length > 0) {
    const named = others.slice(0, 3).join("; ") + (others.length > 3 ? `; and ${others.length - 3} more` : "");
    entries.splice(2, 0, ["likewise", named]);
  }
  return ["", `${colors.dim(`${number}.`)} ${colors.bold(`${kind}: ${title}`)}`, ...labelled(entries, width, colors)];
}

/** Every exploit, what the audit could not tell, and the sum. */
export function auditLines(report: AuditReport, width: number, colors: Colors): string[] {
  const { exploits, notes, attacks, rows, completions } = report;
  const work = `${grouped(attacks)} attacks on ${plural(rows, "row", "rows")}, ${grouped(completions)} completions scored`;
  const sum =
    exploits.length === 0
      ? colors.green("No exploit found.")
      : colors.red(`${plural(exploits.length, "exploit", "exploits")} found.`);
  return [
    ...exploits.flatMap((exploit, index) => exploitLines(exploit, index + 1, width, colors)),
    ...(exploits.length > 0 || notes.length > 0 ? [""] : []),
    ...notes.flatMap((note) =>
      fill(printable(note), width - 6).map((line, index) =>
        index === 0 ? `${colors.yellow("note:")} ${line}` : `      ${line}`,
      ),
    ),
    `${colors.bold(sum)} ${colors.dim(`${work}.`)}`,
  ];
}
