/**
 * Holds the `math` reward to cases that graders published: `npm run conformance -- <folder> [--json] [--no-speed]`.
 * The folder holds math-verify.jsonl, near-misses.jsonl, dataset-answers.jsonl, completions.jsonl, other-graders.jsonl,
 * adversarial.jsonl, any of them; GSM8K is looked for beside it. Disagreements are listed by id. Exits with 1 where a
 * verdict falls short; what is about speed and size is told and does not fail, since
 * machines differ.
 */
import { execFile } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs, promisify } from "node:util";
import type { MathOptions } from "@pavlov/rewards/math";
import { type Case, readCases } from "./corpora.js";
import { agreement, atLeast, atMost, type Check, noFalsePositives } from "./goals.js";
import { type Judged, judge } from "./judge.js";
import { measure } from "./measure.js";
import { bundledKilobytes } from "./size.js";

const MATH_VERIFY: MathOptions = { preset: "mathverify" };
const PLAIN: MathOptions = {};

const presets: Readonly<Record<string, MathOptions>> = {
  hendrycks: { preset: "hendrycks" },
  nemo: { preset: "nemo" },
  trl: { preset: "trl" },
};

/** The cases of one corpus whose ids begin so. */
const startingWith = (cases: readonly Case[], ...prefixes: readonly string[]): Case[] =>
  cases.filter(({ id }) => prefixes.some((prefix) => id.startsWith(prefix)));

interface Report {
  readonly checks: Check[];
  readonly judged: { readonly name: string; readonly result: Judged }[];
  /** Of speed and size. */
  readonly speed: Check[];
}

async function run(folder: string, withSpeed: boolean): Promise<Report> {
  const report: Report = { checks: [], judged: [], speed: [] };
  const judged = (name: string, cases: readonly Case[], base: MathOptions, countNull = false): Judged => {
    const result = judge(cases, () => base, countNull);
    report.judged.push({ name, result });
    return result;
  };
  const timed = (name: string, cases: readonly Case[], least: number): void => {
    if (!withSpeed) return;
    const { perSecond, p99, max, slowest } = measure(cases, MATH_VERIFY);
    report.speed.push(
      atLeast(`${name}, one thread`, perSecond, least, "a second"),
      atMost(`${name}, p99`, p99, 1, "ms"),
      { ...atMost(`${name}, slowest`, max, 10, "ms"), name: `${name}, slowest (${slowest})` },
    );
  };

  const mathVerify = await readCases(folder, "math-verify.jsonl");
  if (mathVerify) {
    const verified = judged(
      "Math-Verify, verify",
      mathVerify.filter(({ kind }) => kind === "verify"),
      MATH_VERIFY,
    );
    const extracted = judged(
      "Math-Verify, extract",
      mathVerify.filter(({ kind }) => kind === "extract"),
      MATH_VERIFY,
    );
    report.checks.push(agreement("Math-Verify's verify cases", verified, 1));
    report.checks.push(agreement("Math-Verify's extract cases", extracted, 1));
    timed("Math-Verify's cases", mathVerify, 4_000);
  }
  const nearMisses = await readCases(folder, "near-misses.jsonl");
  if (nearMisses) {
    report.checks.push(noFalsePositives("near misses", judged("near misses", nearMisses, PLAIN)));
    const compatible = judged("near misses, preset mathverify", nearMisses, MATH_VERIFY);
    report.checks.push(noFalsePositives("near misses, preset mathverify", compatible));
  }
  const answers = await readCases(folder, "dataset-answers.jsonl");
  if (answers) {
    report.checks.push(agreement("dataset answers", judged("dataset answers", answers, MATH_VERIFY), 0.988));
    timed("answer pairs", answers, 15_000);
  }
  const completions = await readCases(folder, "completions.jsonl");
  if (completions) {
    report.checks.push(agreement("completions", judged("completions", completions, MATH_VERIFY), 1));
    report.checks.push(agreement("completions, no preset", judged("completions, no preset", completions, PLAIN), 1));
    timed("completions", completions, 8_000);
  }
  const others = await readCases(folder, "other-graders.jsonl");
  if (others) {
    for (const [name, options] of Object.entries(presets)) {
      const own = startingWith(others, name);
      report.checks.push(agreement(`${name}'s cases, preset ${name}`, judged(name, own, options, true), 1));
    }
    // Not among the goals: multiple choice and other languages.
    const rest = others.filter(({ id }) => !Object.keys(presets).some((name) => id.startsWith(name)));
    judged("lighteval and others", rest, PLAIN);
  }
  const probes = await readCases(folder, "semantics.jsonl");
  if (probes) judged("probes of Math-Verify's semantics", probes, MATH_VERIFY);
  const adversarial = await readCases(folder, "adversarial.jsonl");
  if (adversarial) {
    report.checks.push(agreement("adversarial inputs", judged("adversarial", adversarial, PLAIN), 1));
  }
  await gsm8k(path.join(folder, "..", "gsm8k"), report);
  return report;
}

/** Every published solution must equal itself, whatever else is in it, and must differ from the next one's answer. */
async function gsm8k(folder: string, report: Report): Promise<void> {
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith(".jsonl"));
  const solutions: string[] = [];
  for (const file of files) {
    for (const line of (await readFile(path.join(folder, file), "utf8")).split("\n")) {
      if (line.trim() !== "") solutions.push((JSON.parse(line) as { answer: string }).answer);
    }
  }
  if (solutions.length === 0) return;
  const answerOf = (solution: string): string => solution.slice(solution.lastIndexOf("####") + 4).trim();
  for (const options of [PLAIN, { preset: "gsm8k" } as const]) {
    const cases = solutions.flatMap((solution, index): Case[] => {
      const next = solutions[(index + 1) % solutions.length] ?? solution;
      const same = Number(answerOf(next).replaceAll(",", "")) === Number(answerOf(solution).replaceAll(",", ""));
      const common = { kind: "verify", gold: solution, config: {}, note: "" };
      return [
        { ...common, id: `gsm8k/${index}`, pred: solution, expected: true },
        { ...common, id: `gsm8k/${index}/bare`, gold: answerOf(solution), pred: solution, expected: true },
        { ...common, id: `gsm8k/${index}/next`, pred: next, expected: same },
      ];
    });
    const name = `GSM8K's solutions${"preset" in options ? ", preset gsm8k" : ""}`;
    const result = judge(cases, () => options);
    report.judged.push({ name, result });
    report.checks.push(agreement(name, result, 1));
  }
}

/** Adversarial inputs in a process of their own: the slowest, and the most memory that the process ever held. */
async function hostile(folder: string): Promise<Check[]> {
  const program = process.argv[1] ?? "";
  const { stdout } = await promisify(execFile)(process.execPath, [program, folder, "--hostile"]);
  const { slowest, id, megabytes, idle } = JSON.parse(stdout) as {
    slowest: number;
    id: string;
    megabytes: number;
    idle: number;
  };
  return [
    { ...atMost("adversarial, slowest", slowest, 50, "ms"), name: `adversarial inputs, slowest (${id})` },
    {
      ...atMost("adversarial, memory", megabytes, 128, "MB"),
      name: `adversarial inputs, most memory of the process (${idle.toFixed(0)} MB before the first)`,
    },
  ];
}

async function size(): Promise<Check[]> {
  const kilobytes = await bundledKilobytes();
  if (kilobytes === undefined) {
    console.error("size: skipped, since rolldown is not installed");
    return [];
  }
  return [{ ...atMost("size", kilobytes, 24, "kB"), name: `size, minified and gzipped (${kilobytes} kB exactly)` }];
}

async function runHostile(folder: string): Promise<void> {
  const cases = (await readCases(folder, "adversarial.jsonl")) ?? [];
  const idle = process.resourceUsage().maxRSS / 1024;
  let [slowest, id] = [0, ""];
  for (const entry of cases) {
    for (const options of [PLAIN, MATH_VERIFY]) {
      const start = performance.now();
      judge([entry], () => options);
      const took = performance.now() - start;
      if (took > slowest) [slowest, id] = [took, entry.id];
    }
  }
  console.log(JSON.stringify({ slowest, id, megabytes: process.resourceUsage().maxRSS / 1024, idle }));
}

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    allowNegative: true,
    options: {
      json: { type: "boolean", default: false },
      speed: { type: "boolean", default: true },
      hostile: { type: "boolean", default: false },
    },
  });
  const [folder] = positionals;
  if (folder === undefined || !(await stat(folder).catch(() => null))?.isDirectory()) {
    console.error(`error: ${folder ?? "no folder"} is not a folder of cases.`);
    console.error("usage: npm run conformance -- <folder> [--json] [--no-speed]");
    return 2;
  }
  if (values.hostile) {
    await runHostile(folder);
    return 0;
  }
  const report = await run(folder, values.speed);
  if (values.speed) report.speed.push(...(await hostile(folder)), ...(await size()));
  if (report.checks.length === 0) {
    console.error(`error: ${folder} has none of the files of cases, such as math-verify.jsonl.`);
    return 2;
  }
  const failed = report.checks.filter(({ passed }) => !passed).length;
  if (values.json) {
    console.log(JSON.stringify(report, null, 2));
    return failed === 0 ? 0 : 1;
  }
  for (const { name, result } of report.judged) {
    console.log(`${name}: ${result.agreed} of ${result.cases} as expected`);
    for (const { id, kind, detail } of result.disagreements) console.log(`  ${kind} ${id}: ${detail}`);
  }
  console.log();
  for (const { name, passed, detail } of report.checks) console.log(`${passed ? "ok  " : "FAIL"} ${name}: ${detail}`);
  for (const { name, passed, detail } of report.speed) console.log(`${passed ? "met " : "MISSED"} ${name}: ${detail}`);
  console.log(`\n${report.checks.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
};

process.exitCode = await main();
