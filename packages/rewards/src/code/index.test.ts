import { describe, expect, it } from "vitest";
import { testReward } from "@pavlov/core/vitest";
import { code } from "./index.js";
import { hasPython, scorePrograms } from "./run-code.test.fixture.js";

testReward(code, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });

describe("code", () => {
  it.skipIf(!hasPython)("scores 40 programs side by side, each as it would alone", async () => {
    const programs = Array.from({ length: 40 }, (_, index) => `print(int(input()) * ${index % 2 === 0 ? 2 : index})`);
    const tests = [
      { input: "3", output: "6" },
      { input: "5", output: "10" },
    ];
    const { scores } = await scorePrograms({ language: "python", tests, programs });
    expect(scores.flat()).toEqual(programs.map((_, index) => (index % 2 === 0 ? 1 : 0)));
  });

  it("fails a row whose tests cannot be read, and no other", async () => {
    const batch = await scorePrograms({ language: "javascript", tests: [{ input: 1 }], programs: ["1"] }).catch(
      (thrown: Error) => thrown,
    );
    expect(String(batch)).toContain("Test 1 in the column of tests has no input and output");
  });
});
