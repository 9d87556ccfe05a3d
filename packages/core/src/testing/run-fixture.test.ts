import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineReward } from "../define-reward.js";
import { describeResult } from "./describe-result.js";
import { endsWith, ofText, shortest } from "./rewards.test.support.js";
import { runFixture } from "./run-fixture.js";
import { scoreGroup, scoreSample } from "./score-sample.js";
import { fixturesFromRows, type FixtureRow } from "./to-fixture.js";

async function run(reward: Parameters<typeof runFixture>[0], row: FixtureRow) {
  const [fixture] = await fixturesFromRows([row]);
  if (!fixture) throw new Error("no fixture");
  return runFixture(reward, fixture);
}

const sample = { completion: "It is Paris", columns: { word: "Paris" } };

describe("a row of one sample", () => {
  test("passes with its score, within 1e-9, and fails beside it", async () => {
    const half = ofText(() => 0.1 + 0.2);
    expect((await run(half, { completion: "", score: 0.3 })).passed).toBe(true);
    expect((await run(half, { completion: "", score: 0.3 + 1e-8 })).passed).toBe(false);
    expect((await run(half, { completion: "", score: [0.3, 1] })).passed).toBe(true);
    expect((await run(half, { completion: "", score: [0.4, 1] })).passed).toBe(false);
    expect((await run(half, { completion: "", score: null })).passed).toBe(false);
    expect(
      (
        await run(
          ofText(() => null),
          { completion: "", score: null },
        )
      ).passed,
    ).toBe(true);
    expect(
      (
        await run(
          ofText(() => null),
          { completion: "", score: 0 },
        )
      ).passed,
    ).toBe(false);
  });

  test("says in plain data what was expected and given", async () => {
    const result = await run(endsWith, { ...sample, score: 0, reason: "none", metrics: { characters: 3 } });
    expect(JSON.parse(JSON.stringify(result))).toEqual({
      name: '"It is Paris"',
      kind: "scored",
      isGroup: false,
      passed: false,
      comparisons: [
        {
          completion: "It is Paris",
          expected: { score: 0, reason: "none", metrics: { characters: 3 } },
          given: { score: 1, reason: "looked for Paris", metrics: { characters: 11 } },
          differences: ["score 1, not 0", "another reason", "other metrics"],
        },
      ],
    });
  });

  test("uses its params, with the reward's defaults", async () => {
    const shouted = { completion: "PARIS", columns: { word: "paris" } };
    expect((await run(endsWith, { ...shouted, score: 0 })).passed).toBe(true);
    expect((await run(endsWith, { ...shouted, params: { ignoreCase: true }, score: 1 })).passed).toBe(true);
  });

  test("metrics must be all of them", async () => {
    expect((await run(endsWith, { ...sample, score: 1, metrics: {} })).passed).toBe(false);
    expect((await run(endsWith, { ...sample, score: 1, metrics: { characters: 11 } })).passed).toBe(true);
  });
});

describe("a row that is an error", () => {
  const broken = ofText(() => {
    throw new Error("no licence");
  });
  test.each([
    ["what the reward throws", broken, { completion: "", error: "no licence" }],
    ["a missing column", endsWith, { completion: "", error: 'no column "word"' }],
    ["an unknown param", endsWith, { ...sample, params: { ignorCase: true }, error: 'Did you mean "ignoreCase"?' }],
    ["a score outside the range", ofText(() => 2), { completion: "", error: "outside its range [0, 1]" }],
    ["no number", ofText(() => Number.NaN), { completion: "", error: "NaN" }],
  ] as const)("is %s", async (_, reward, row) => {
    expect(await run(reward, row)).toMatchObject({ passed: true, comparisons: [{ differences: [] }] });
  });

  test("fails where it is scored, or fails otherwise", async () => {
    expect(await run(endsWith, { ...sample, error: "licence" })).toMatchObject({
      passed: false,
      problem: "it was scored, and an error was expected",
      comparisons: [{ given: { score: 1 } }],
    });
    const other = await run(broken, { completion: "", error: "no permit" });
    expect(other).toMatchObject({ passed: false, expectedError: "no permit" });
    expect(other.error).toContain("no licence");
  });

  test("is no score: a row that expects one fails with the message", async () => {
    const result = await run(broken, { completion: "x", score: 0 });
    expect(result).toMatchObject({ passed: false, problem: "scoring it failed" });
    expect(describeResult(result).join("\n")).toContain("no licence");
  });
});

describe("groups and pairs", () => {
  test("a group is scored in one call", async () => {
    const group = [
      { completion: "aa", score: 0 },
      { completion: "a", score: 1 },
    ];
    expect((await run(shortest, { group })).passed).toBe(true);
    const swapped = await run(shortest, {
      group: [
        { completion: "aa", score: 0 },
        { completion: "a", score: 0 },
      ],
    });
    expect(describeResult(swapped).join("\n")).toContain("sample 2 of 2: score 1, not 0");
  });

  test("a pair is ranked, and a reward that compares sees both at once", async () => {
    const ranks = (reward: Parameters<typeof run>[0], better: string, worse: string) =>
      run(reward, { better: { completion: better }, worse: { completion: worse } });
    const length = ofText(({ length: characters }) => characters / 10);
    expect((await ranks(length, "aaa", "a")).passed).toBe(true);
    expect(await ranks(length, "a", "aaa")).toMatchObject({
      passed: false,
      problem: "the better one scores 0.1, which is not more than the worse one's 0.3",
    });
    expect((await ranks(length, "a", "b")).passed).toBe(false);
    expect((await ranks(shortest, "a", "bb")).passed).toBe(true);
    expect(
      await ranks(
        ofText((text) => (text === "" ? null : 1)),
        "a",
        "",
      ),
    ).toMatchObject({
      problem: "the worse one abstained, so that neither scores more",
    });
  });
});

describe("scoring a sample", () => {
  test("gives the score with what it came from", async () => {
    expect(await scoreSample(endsWith, sample)).toEqual({
      score: 1,
      reason: "looked for Paris",
      metrics: { characters: 11 },
      usage: undefined,
      completion: "It is Paris",
      reward: "ends-with",
    });
    const scores = await scoreGroup(shortest, [{ completion: "aa" }, { completion: "a" }]);
    expect(scores.map(({ score }) => score)).toEqual([0, 1]);
  });

  test("runs setup before and dispose after, and gives env, seed and fetch", async () => {
    const calls: string[] = [];
    const reward = defineReward({
      name: "careful",
      description: "Tells what it was given.",
      params: z.object({ word: z.string() }),
      range: [null, null],
      env: ["CAREFUL_KEY"],
      setup: ({ params }) => calls.push(`setup ${params.word}`),
      dispose: () => void calls.push("dispose"),
      async score(_, { env, seed, fetch, state }) {
        calls.push(`score ${env["CAREFUL_KEY"]} ${state} ${await (await fetch("https://example.test/")).text()}`);
        return seed;
      },
    });
    const options = {
      params: { word: "w" },
      env: { CAREFUL_KEY: "key", OTHER: "x" },
      fetch: async () => new Response("answered"),
    };
    const first = await scoreSample(reward, { completion: "" }, { ...options, seed: 1 });
    const second = await scoreSample(reward, { completion: "" }, { ...options, seed: 2 });
    expect(calls.slice(0, 3)).toEqual(["setup w", "score key 1 answered", "dispose"]);
    expect(first.score).not.toBe(second.score);
    await expect(scoreSample(reward, { completion: "" }, { ...options, env: {} })).rejects.toThrow("CAREFUL_KEY");
  });
});

test("rows from code are checked as those of a file", async () => {
  const row = JSON.parse('{"completion":"a","scor":1}') as FixtureRow;
  await expect(fixturesFromRows([row])).rejects.toThrow('Fixture 1: the fixture has the unknown key "scor"');
});
