// The command as its users run it: exit codes, JSON, and what it says of mistakes.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuditReport } from "@pavlov/core";
import { afterAll, describe, expect, it } from "vitest";
import { runPavlov, runPavlovHere } from "../end-to-end/run-pavlov.test.fixture.js";

const folder = mkdtempSync(join(tmpdir(), "pavlov-audit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const given = (config: string): readonly string[] => ["audit", `tests/src/audit/${config}.yaml`, "--rows", "3"];
const audit = (config: string, ...args: readonly string[]) => runPavlovHere(...given(config), ...args);

describe("pavlov audit", () => {
  it("ends with 0 where nothing is found, and says what honest answers earn", async () => {
    const { exitCode, stdout, stderr } = await runPavlov(...given("sound/choices"));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("rewards  correct (multiple-choice), format (think-answer) × 0.3");
    expect(stdout).toContain("earns    1.300 right, 0.300 wrong");
    expect(stdout).toContain("No exploit found.");
  });

  it("ends with 1 where something is found, and names the part that pays, its reason and what to do", async () => {
    const { exitCode, stdout } = await audit("planted/any-box");
    expect(exitCode).toBe(1);
    expect(stdout).toContain("1. hedging: several answers, one of them right");
    expect(stdout).toContain(
      "earns     +1.000 beyond an honest wrong answer, 100.0% of what being right adds; on 3 of 3",
    );
    expect(stdout).toContain("paid by   correct +1.000 (1.000, honest 0.000): 4 boxes");
    expect(stdout).toContain("advice    Decide which one counts");
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it("prints one JSON object, and nothing else on standard output", async () => {
    const { exitCode, stdout } = await audit("planted/unbounded-length", "--json");
    expect(exitCode).toBe(1);
    const report = JSON.parse(stdout) as AuditReport;
    expect(report).toMatchObject({ rows: 3, exploits: [{ kind: "filler", example: { characters: 99_999 } }] });
    expect(report.exploits[0]?.example.completion).toHaveLength(2000);
  });

  it("leaves out what may pay, and takes an honest template", async () => {
    const excepted = await audit("planted/unbounded-length", "--except", "filler", "--except", "hedging", "--json");
    const kinds = (JSON.parse(excepted.stdout) as AuditReport).exploits.map(({ kind }) => kind);
    expect(kinds).not.toContain("filler");
    expect(kinds).not.toContain("hedging");
    const template = join(folder, "honest.txt");
    writeFileSync(template, "{{thinking}}\n#### {{answer}}\n");
    const { stdout } = await audit("sound/answer-and-format", "--honest", template, "--json");
    expect((JSON.parse(stdout) as AuditReport).honest).toMatchObject({ form: "the template", right: 1, wrong: 0 });
  });

  it.each([
    [["--except", "hedgin"], 'error: --except names "hedgin", which is no kind of attack. Did you mean "hedging"?'],
    [["--honest", "there-is-no-such-file.txt"], "error: Cannot read the honest template there-is-no-such-file.txt"],
    [["--set", "rewards.correct.use=exact"], 'Reward "correct"'],
  ])("says what is wrong with %j", async (args, message) => {
    const { exitCode, stdout, stderr } = await audit("sound/answer-and-format", ...args);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(message);
    expect(stdout).not.toContain("exploit");
  });
});
