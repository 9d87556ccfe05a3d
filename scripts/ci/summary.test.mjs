import { describe, expect, it } from "vitest";
import { lastLines, parseCounts, parseSteps, summarize } from "./summary.mjs";

const steps = (testCode = 0) => parseSteps(`install\t0\t12\nlint\t0\t3\ntest\t${testCode}\t40\n`);
const file = (name, ...statuses) => ({
  name,
  status: statuses.includes("failed") ? "failed" : "passed",
  assertionResults: statuses.map((status, index) => ({ status, fullName: `test ${index}` })),
});
const report = (...testResults) => {
  const count = (wanted) => testResults.flatMap((f) => f.assertionResults).filter((t) => t.status === wanted).length;
  return {
    numPassedTests: count("passed"),
    numFailedTests: count("failed"),
    numPendingTests: count("skipped"),
    testResults,
  };
};

describe("summarize", () => {
  it("counts each test, and one for each other step", () => {
    expect(summarize(steps(), report(file("a", "passed", "passed"), file("b", "passed")))).toEqual({
      passed: 5,
      failures: [],
      skipped: 0,
    });
  });

  it("names each failed test once, and not its step again", () => {
    const { passed, failures } = summarize(steps(1), report(file("a", "passed", "failed"), file("b", "failed")));
    expect(passed).toBe(3);
    expect(failures).toEqual(["a: test 1", "b: test 0"]);
  });

  it("counts a step that failed", () => {
    const failing = parseSteps("install\t0\t12\nlint\t2\t3\n");
    expect(summarize(failing, null)).toEqual({ passed: 1, failures: ["lint (exit code 2)"], skipped: 0 });
  });

  it("counts a test file that could not run", () => {
    const broken = { name: "broken", status: "failed", assertionResults: [] };
    expect(summarize(steps(1), report(file("a", "passed"), broken)).failures).toEqual(["broken: could not run"]);
  });

  it("counts a failure outside all tests", () => {
    expect(summarize(steps(1), report(file("a", "passed"))).failures).toEqual([
      "test: all tests passed, yet the exit code is 1",
    ]);
  });

  it("counts a missing report, also where the step says it passed", () => {
    expect(summarize(steps(0), null).failures).toEqual(["test: no report of the tests (exit code 0)"]);
  });

  it("counts each check of a step that counts its own", () => {
    const parity = (code) => parseSteps(`parity\t${code}\t40\n`);
    const of = (code, counted) => summarize(parity(code), null, { parity: counted });
    expect(of(0, { passed: 142, failed: 0 })).toMatchObject({ passed: 142, failures: [] });
    expect(of(1, { passed: 140, failed: 2 })).toMatchObject({
      passed: 140,
      failures: ["parity: failed check 1 of 2", "parity: failed check 2 of 2"],
    });
    // It crashed, or ended without its last line.
    expect(of(1, null).failures).toEqual(["parity (exit code 1)"]);
    expect(of(0, null).failures).toEqual(["parity: not one check was counted"]);
  });

  it("counts a skipped step as neither", () => {
    expect(summarize(parseSteps("smollm2\tskipped\t3\n"), null)).toEqual({ passed: 0, failures: [], skipped: 0 });
  });

  it("counts a run without a test", () => {
    expect(summarize(steps(0), report()).failures).toEqual(["test: not one test ran"]);
  });

  it("tells of skipped tests, which are neither", () => {
    expect(summarize(steps(), report(file("a", "passed", "skipped")))).toMatchObject({ passed: 3, skipped: 1 });
  });
});

describe("parseSteps", () => {
  it("refuses a line that is no step", () => {
    expect(() => parseSteps("install\tyes\t3\n")).toThrow('Not a step: "install\\tyes\\t3"');
  });
});

describe("parseCounts", () => {
  it("takes the last line of its kind", () => {
    expect(parseCounts("ok a\n1 passed, 1 failed\nok b\n\n12 passed, 3 failed\n")).toEqual({ passed: 12, failed: 3 });
    expect(parseCounts("12 passed, 3 failed, and so on")).toBeNull();
  });
});

describe("lastLines", () => {
  it("keeps the end, without empty lines, and shortens long ones", () => {
    expect(lastLines(`a\n\nb\n${"c".repeat(400)}\n`, 2)).toEqual(["b", `${"c".repeat(299)}…`]);
  });
});
