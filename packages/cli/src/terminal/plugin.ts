/** What `pavlov plugin build` and `pavlov plugin check` print, and their JSON. */
import type { BuiltPlugin } from "../plugin/build.js";
import type { PluginReport } from "../plugin/check/check-plugin.js";
import { faultsOf, rules, type Finding, type Rule } from "../plugin/finding.js";
import type { Colors } from "./colors.js";
import { cut, fill, padEnd, printable } from "./text.js";

/** Lines that one detail of a finding may take. */
const MOST_LINES = 6;

/** Rewards that are named one by one where a rule is kept. */
const MOST_NAMES = 2;

/** What was built, as `--json` says it. */
export function buildRecord({ plugin, manifest, emitted }: BuiltPlugin): object {
  const { file, manifest: place } = plugin;
  const rewards = Object.fromEntries(
    Object.entries(manifest.rewards).map(([name, { fixtures }]) => [name, { fixtures }]),
  );
  return {
    package: file.name,
    version: file.version,
    namespace: manifest.namespace,
    manifest: place,
    emitted,
    rewards,
  };
}

/** What was built, a line each. */
export function buildLines({ plugin, manifest, emitted }: BuiltPlugin, width: number): readonly string[] {
  const rewards = Object.entries(manifest.rewards).map(
    ([name, { fixtures }]) => `${manifest.namespace}/${name} (${count(fixtures, "fixture")})`,
  );
  const compiled = emitted.length === 0 ? "no TypeScript to compile" : `${count(emitted.length, "file")} compiled`;
  return fill(`Built ${plugin.shown}: ${compiled}, ${plugin.manifest} written with ${rewards.join(", ")}.`, width);
}

/** The report, as `--json` says it. */
export function checkRecord({ plugin, findings, skipped, checked, packed }: PluginReport): object {
  const { name, version } = plugin.file;
  return {
    package: name,
    version,
    passed: faultsOf(findings).length === 0,
    findings,
    skipped,
    rewards: checked.map(({ reward, fixtures, checks }) => ({ reward, fixtures, checks })),
    files: packed,
  };
}

/** The report: a line for each rule, below it what breaks it and what to do, and the verdict. */
export function checkLines(
  { plugin, findings, skipped, checked, packed }: PluginReport,
  width: number,
  colors: Colors,
  quiet: boolean,
): readonly string[] {
  const names = Object.keys(rules) as Rule[];
  const labels = Math.max(...names.map((name) => name.length));
  const lines: string[] = quiet ? [] : [cut(plugin.shown, width), ""];
  for (const name of names) {
    const broken = findings.filter(({ rule }) => rule === name);
    const label = padEnd(name, labels);
    for (const finding of broken) lines.push(...findingLines(finding, label, width, colors));
    if (broken.length > 0 || quiet) continue;
    const skip = skipped.includes(name);
    const mark = skip ? colors.dim("–") : colors.green("✓");
    const text = skip ? "not looked at, since something else is wrong" : passed(name, { checked, packed });
    lines.push(`  ${mark} ${colors.dim(label)}  ${colors.dim(cut(text, width - labels - 6))}`);
  }
  if (quiet) return lines;
  const faults = faultsOf(findings).length;
  const verdict =
    faults === 0
      ? colors.green("It can be published.")
      : colors.red(`${count(faults, "thing")} to mend before it is published.`);
  return [...lines, "", verdict];
}

function findingLines(
  { message, details = [], fix, isWarning }: Finding,
  label: string,
  width: number,
  colors: Colors,
): string[] {
  const indent = " ".repeat(label.length + 6);
  const room = Math.max(20, width - indent.length);
  const [first = "", ...others] = printable(message)
    .split("\\n")
    .flatMap((line) => fill(line, room));
  return [
    `  ${isWarning ? colors.yellow("!") : colors.red("✗")} ${colors.bold(label)}  ${first}`,
    ...others.map((line) => indent + line),
    ...details.flatMap((line) => detailLines(printable(line), room).map((part) => indent + colors.dim(part))),
    ...fill(`fix: ${printable(fix)}`, room).map((line) => indent + colors.yellow(line)),
  ];
}

/** One line of what was seen, over several of the terminal where it is long: what a compiler says stands at its end. */
function detailLines(line: string, room: number): readonly string[] {
  const lead = /^ */.exec(line)?.[0] ?? "";
  const [first = "", ...others] = fill(line.slice(lead.length), Math.max(10, room - lead.length - 2));
  const more = others.length > MOST_LINES - 1 ? [...others.slice(0, MOST_LINES - 2), "…"] : others;
  return [lead + first, ...more.map((part) => `${lead}  ${part}`)];
}

/** A rule that is kept, with what was looked at. */
function passed(rule: Rule, { checked, packed }: Pick<PluginReport, "checked" | "packed">): string {
  const list = (of: (one: PluginReport["checked"][number]) => string): string => checked.map(of).join(", ");
  const sum = (of: (one: PluginReport["checked"][number]) => number): number =>
    checked.reduce((total, one) => total + of(one), 0);
  if (checked.length > MOST_NAMES) {
    const rewards = `${checked.length} rewards`;
    if (rule === "fixtures")
      return `${rewards} pass ${sum(({ fixtures }) => fixtures)} fixtures; constants and noise do not`;
    if (rule === "survives") return `${rules[rule]} (${sum(({ checks }) => checks)} checks of ${rewards})`;
  }
  if (rule === "fixtures" && checked.length > 0) {
    return `${list(({ reward, fixtures }) => `${reward} passes ${count(fixtures, "fixture")}`)}; constants and noise do not`;
  }
  if (rule === "survives" && checked.length > 0) {
    return `${rules[rule]} (${list(({ reward, checks }) => `${count(checks, "check")} of ${reward}`)})`;
  }
  if (rule === "pack" && packed.length > 0) return `${count(packed.length, "file")}: ${rules[rule]}`;
  return rules[rule];
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;
