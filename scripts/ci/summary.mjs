// Counts what passed and failed: every test of vitest's JSON report, every check that a step's own last line counts
// (`N passed, N failed`), and one for each other step of .ci/run. What a step printed is in STEP.log.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The step whose tests are counted one by one. */
const TEST_STEP = "test";

/** The steps whose last line counts their checks. */
const COUNTING_STEPS = ["parity", "conformance", "publish-check", "gpu-check", "gpu-quickstart"];

/** The exit code of a step that what it needs is not there for. */
const SKIPPED = "skipped";

/**
 * Reads steps.tsv: a line with name, exit code (or `skipped`) and seconds for each step.
 * @param {string} text
 */
export function parseSteps(text) {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [name = "", code = "", seconds = ""] = line.split("\t");
      if (name === "" || !/^(\d+|skipped)$/.test(code)) throw new Error(`Not a step: ${JSON.stringify(line)}`);
      return { name, code: code === SKIPPED ? null : Number(code), seconds: Number(seconds) };
    });
}

/**
 * What the last line of its kind in a step's output counts; null where there is none.
 * @param {string} log
 */
export function parseCounts(log) {
  const line = [...log.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1);
  return line ? { passed: Number(line[1]), failed: Number(line[2]) } : null;
}

/**
 * Counts over all steps. A test file that could not run is one failure; so is a test step that failed without a failed
 * test, or that left no report.
 * @param {ReturnType<typeof parseSteps>} steps
 * @param {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests?: number,
 *   testResults: { name: string, status: string, assertionResults: { status: string, fullName: string }[] }[] } | null}
 *   report vitest's JSON report
 * @param {Readonly<Record<string, ReturnType<typeof parseCounts>>>} counts of steps that count their own checks
 */
export function summarize(steps, report, counts = {}) {
  let passed = 0;
  const failures = [];
  for (const { name, code } of steps) {
    if (code === null) continue;
    if (Object.hasOwn(counts, name)) {
      const { passed: ok, failed } = counts[name] ?? { passed: 0, failed: 0 };
      passed += ok;
      for (let index = 1; index <= failed; index++) failures.push(`${name}: failed check ${index} of ${failed}`);
      if (code !== 0 && failed === 0) failures.push(`${name} (exit code ${code})`);
      if (code === 0 && ok + failed === 0) failures.push(`${name}: not one check was counted`);
      continue;
    }
    if (name !== TEST_STEP) {
      if (code === 0) passed += 1;
      else failures.push(`${name} (exit code ${code})`);
      continue;
    }
    const failed = report === null ? [] : failedTests(report);
    failures.push(...failed);
    if (report === null) failures.push(`${name}: no report of the tests (exit code ${code})`);
    else if (report.numPassedTests + failed.length === 0) failures.push(`${name}: not one test ran`);
    else if (code !== 0 && failed.length === 0)
      failures.push(`${name}: all tests passed, yet the exit code is ${code}`);
    passed += report?.numPassedTests ?? 0;
  }
  const skipped = report === null ? 0 : report.numPendingTests + (report.numTodoTests ?? 0);
  return { passed, failures, skipped };
}

/**
 * The last lines of what a step printed, without empty ones: often only the end of this program's output is kept.
 * @param {string} output
 */
export function lastLines(output, count = 12) {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-count).map((line) => (line.length > 300 ? `${line.slice(0, 299)}…` : line));
}

/** @param {NonNullable<Parameters<typeof summarize>[1]>} report */
function failedTests(report) {
  const failed = [];
  for (const file of report.testResults) {
    const tests = file.assertionResults.filter(({ status }) => status === "failed");
    for (const { fullName } of tests) failed.push(`${file.name}: ${fullName}`);
    if (tests.length === 0 && file.status === "failed") failed.push(`${file.name}: could not run`);
  }
  return failed;
}

/** @param {string} folder where .ci/run left steps.tsv and vitest.json */
function main(folder) {
  const steps = parseSteps(readFileSync(join(folder, "steps.tsv"), "utf8"));
  const reportFile = join(folder, "vitest.json");
  const report = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, "utf8")) : null;
  /** @param {string} name */
  const printedBy = (name) => {
    const file = join(folder, `${name}.log`);
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  };
  const counts = Object.fromEntries(COUNTING_STEPS.map((name) => [name, parseCounts(printedBy(name))]));
  const { passed, failures, skipped } = summarize(steps, report, counts);

  for (const { name, code } of steps) {
    if (code === null || code === 0) continue;
    console.log(`\nThe end of ${name}`);
    for (const line of lastLines(printedBy(name))) console.log(`  | ${line}`);
  }
  console.log("\nSteps");
  for (const { name, code, seconds } of steps) {
    const word = code === null ? SKIPPED : code === 0 ? "passed " : "FAILED ";
    console.log(`  ${word} ${name.padEnd(12)} ${String(seconds).padStart(5)} s`);
  }
  if (failures.length > 0) console.log(["", "Failures", ...failures.map((failure) => `  ${failure}`)].join("\n"));
  if (skipped > 0) console.log(`\n${skipped} tests were skipped.`);
  console.log(`\n${passed} passed, ${failures.length} failed`);
  process.exitCode = failures.length === 0 && passed > 0 ? 0 : 1;
}

const script = process.argv[1];
if (script !== undefined && resolve(script) === fileURLToPath(import.meta.url)) main(process.argv[2] ?? "reports/ci");
