// Counts what passed and failed: every test of vitest's JSON report, and one for each other step of .ci/run.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The step whose tests are counted one by one. */
const TEST_STEP = "test";

/**
 * Reads steps.tsv: a line with name, exit code and seconds for each step.
 * @param {string} text
 */
export function parseSteps(text) {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [name = "", code = "", seconds = ""] = line.split("\t");
      if (name === "" || !/^\d+$/.test(code)) throw new Error(`Not a step: ${JSON.stringify(line)}`);
      return { name, code: Number(code), seconds: Number(seconds) };
    });
}

/**
 * Counts over all steps. A test file that could not run is one failure; so is a test step that failed without a failed
 * test, or that left no report.
 * @param {ReturnType<typeof parseSteps>} steps
 * @param {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests?: number,
 *   testResults: { name: string, status: string, assertionResults: { status: string, fullName: string }[] }[] } | null}
 *   report vitest's JSON report
 */
export function summarize(steps, report) {
  let passed = 0;
  const failures = [];
  for (const { name, code } of steps) {
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
  const { passed, failures, skipped } = summarize(steps, report);

  console.log("\nSteps");
  for (const { name, code, seconds } of steps) {
    console.log(`  ${code === 0 ? "passed" : "FAILED"}  ${name.padEnd(12)} ${String(seconds).padStart(5)} s`);
  }
  if (failures.length > 0) console.log(["", "Failures", ...failures.map((failure) => `  ${failure}`)].join("\n"));
  if (skipped > 0) console.log(`\n${skipped} tests were skipped.`);
  console.log(`\n${passed} passed, ${failures.length} failed`);
  process.exitCode = failures.length === 0 && passed > 0 ? 0 : 1;
}

const script = process.argv[1];
if (script !== undefined && resolve(script) === fileURLToPath(import.meta.url)) main(process.argv[2] ?? "reports/ci");
