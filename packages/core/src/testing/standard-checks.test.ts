import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defineReward } from "../define-reward.js";
import type { Reward } from "../reward.js";
import { createProject, type TemporaryProject } from "../registry/project.test.support.js";
import { importModule } from "../registry/import-module.js";
import { findReward } from "../registry/find-reward.js";
import { describeProblem } from "./describe-result.js";
import { hostileTexts } from "./hostile-texts.js";
import { endsWith, ofText, shortest } from "./rewards.test.support.js";
import { shuffled } from "./shuffled.js";
import { standardChecks, type StandardCheckOptions } from "./standard-checks.js";
import { fixturesFromRows, type FixtureRow } from "./to-fixture.js";

const highAndLow: readonly FixtureRow[] = [
  { name: "low", completion: "", score: 0 },
  { name: "high", completion: "aaaaaaaaaa", score: 1 },
];

/** What each check that found something says, by its name. */
async function found(
  reward: Reward,
  rows: readonly FixtureRow[] = highAndLow,
  options: StandardCheckOptions = {},
): Promise<Record<string, string>> {
  const problems: Record<string, string> = {};
  for (const { name, run } of standardChecks(reward, await fixturesFromRows(rows), options)) {
    const problem = await run();
    if (problem) problems[name] = describeProblem(problem).join("\n");
  }
  return problems;
}

const length = (completion: string) => Math.min(1, completion.length / 10);

describe("a reward that keeps its word", () => {
  test("passes every check", async () => {
    expect(await found(ofText(length))).toEqual({});
    const rows = [
      { completion: "a", columns: { word: "a" }, score: 1 },
      { completion: "b", columns: { word: "a" }, score: 0 },
    ];
    expect(await found(endsWith, rows, { reasons: true, strict: true })).toEqual({});
    const group = [
      { completion: "aa", score: 0 },
      { completion: "a", score: 1 },
    ];
    expect(await found(shortest, [{ group }])).toEqual({});
  });
});

describe("a reward that does not is found", () => {
  const any = "scores any text inside its range";
  const fixtures = "scores its fixtures inside its range, the same each time";

  test("with a score outside its range, on the shortest text that was found", async () => {
    const problems = await found(ofText((text) => (text.includes("%") ? 2 : length(text))));
    expect(Object.keys(problems)).toEqual([any]);
    expect(problems[any]).toContain("outside its range [0, 1]");
    expect(problems[any]).toContain('completion        "%"');
    expect(problems[any]).toContain("(seed 1, shortened");
  });

  test("with another score each time", async () => {
    let calls = 0;
    const reward = ofText((text) => (text === "" ? 0 : (calls++ % 7) / 7));
    const problems = await found(reward, highAndLow, { runs: 5 });
    expect(problems[fixtures]).toContain("scored twice, it gave");
    expect(problems["scores a batch alike in any order"]).toContain("in another order of the batch");
    expect(await found(ofText((text) => (text === "" ? 0 : (calls++ % 7) / 7), { deterministic: false }))).toEqual({});
  });

  test("that scores by the place in a batch", async () => {
    const byPlace = defineReward({
      name: "by-place",
      description: "The place.",
      range: [0, 1],
      scoreBatch: (samples) => samples.map(({ completion }, index) => (completion === "" ? 0 : 1 / (index + 1))),
    });
    expect(Object.keys(await found(byPlace, highAndLow))).toEqual(["scores a batch alike in any order"]);
  });

  test("that scores by the place in a group", async () => {
    const byPlace = defineReward({
      name: "by-place",
      description: "The place.",
      range: [0, 1],
      scoreGroup: (group) => group.map((_, index) => index / group.length),
    });
    const group = [
      { completion: "a", score: 0 },
      { completion: "b", score: 0.5 },
      { completion: "c", score: [0.6, 0.7] as const },
    ];
    expect((await found(byPlace, [{ group }], { runs: 5 }))[fixtures]).toContain("with its group in another order");
  });

  test("that throws on a hostile text", async () => {
    const problems = await found(
      ofText((text) => {
        if (text.length > 100_000 / 2) throw new Error("too long for me");
        return length(text);
      }),
    );
    const long = hostileTexts().filter(({ completion }) => completion.length > 50_000);
    expect(Object.keys(problems)).toEqual(long.map(({ name }) => `survives ${name}`));
    expect(problems["survives 100 kB of digits"]).toContain("too long for me");
    expect(problems["survives 100 kB of digits"]?.length).toBeLessThan(500);
  });

  test("that takes longer than its time budget", async () => {
    const slow = defineReward({
      name: "slow",
      description: "Waits.",
      range: [0, 1],
      score: async ({ completion }, { signal }) => {
        if (completion.length > 1_000) {
          await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        }
        return length(completion);
      },
    });
    const problems = await found(slow, highAndLow, { timeBudget: 20, runs: 1 });
    expect(problems["survives 100 kB of digits"]).toContain("it took over its time budget of 20 ms");
  });

  test("without fixtures of a high or of a low score", async () => {
    const name = "has fixtures of a high and of a low score";
    expect((await found(ofText(length), [highAndLow[0] as FixtureRow]))[name]).toContain("no fixture of a high score");
    expect((await found(ofText(length), [highAndLow[1] as FixtureRow]))[name]).toContain("no fixture of a low score");
    expect((await found(ofText(length), [{ completion: "aaaaa", score: [0, 1] }]))[name]).toContain("none of a low");
    const open = ofText(({ length: characters }) => characters, { range: [0, null] });
    expect(
      await found(open, [
        { completion: "", score: 0 },
        { completion: "a", score: 1 },
      ]),
    ).toEqual({});
    expect((await found(open, [{ completion: "a", score: 1 }]))[name]).toBeDefined();
    expect(await found(ofText(length), [{ better: { completion: "aa" }, worse: { completion: "a" } }])).toEqual({});
  });

  test("without a short reason, where reasons are asked for", async () => {
    const says = (reason: string | undefined) =>
      defineReward({
        name: "says",
        description: "Says something.",
        range: [0, 1],
        score: ({ completion }) => ({ score: length(completion), ...(reason !== undefined && { reason }) }),
      });
    expect(await found(says("a\nb"))).toEqual({});
    for (const reason of [undefined, "", "a\nb", "x".repeat(201)]) {
      const problems = await found(says(reason), highAndLow, { reasons: true, runs: 1 });
      expect(problems[fixtures]).toContain("instead of one line of at most 200 characters");
    }
    expect(await found(says("x".repeat(200)), highAndLow, { reasons: true, runs: 1 })).toEqual({});
  });

  test("by its last bit, where it is held to that", async () => {
    const almost = ofText((text) => (text === "" ? -0 : text.length > 20 ? 1 + 1e-12 : length(text)));
    expect(await found(almost)).toEqual({});
    const problems = await found(almost, highAndLow, { strict: true });
    expect(problems[fixtures]).toContain("it gave -0");
    expect(problems["survives 100 kB of digits"]).toContain("outside its range");
  });

  test("once, where one of its fixtures cannot be scored", async () => {
    const rows = [
      { completion: "a", columns: { word: "a" }, score: 1 },
      { completion: "b", columns: { word: "a" }, score: 0 },
      { name: "no word", completion: "b", score: 0 },
    ];
    const problems = await found(endsWith, rows);
    expect(Object.keys(problems)).toEqual([fixtures]);
    expect(problems[fixtures]).toContain("as in             no word");
  });
});

test("a reward that asks services is given no texts of the checks' own", async () => {
  const asks = (options: StandardCheckOptions) =>
    fixturesFromRows(highAndLow).then((fixtures) =>
      standardChecks({ ...ofText(length), needs: ["network"] }, fixtures, options).map(({ name }) => name),
    );
  expect(await asks({})).toEqual([
    "has fixtures of a high and of a low score",
    "scores its fixtures inside its range, the same each time",
    "scores a batch alike in any order",
  ]);
  expect(await asks({ fetch: globalThis.fetch })).toContain("survives an empty completion");
});

test("an order is decided by its seed, and is never the one that was given", () => {
  const list = [1, 2, 3, 4, 5, 6];
  expect(shuffled(list, 3)).toEqual(shuffled(list, 3));
  expect(shuffled(list, 3)).not.toEqual(shuffled(list, 4));
  for (let seed = 0; seed < 50; seed++) expect(shuffled([1, 2], seed)).toEqual([2, 1]);
  expect(new Set(shuffled(list, 1))).toEqual(new Set(list));
});

describe("in a worker", () => {
  let project: TemporaryProject;
  beforeAll(async () => {
    project = await createProject({
      "loops.mjs": `import { defineReward } from "@pavlov/core";
export const loops = defineReward({ name: "loops", description: "Loops.", range: [0, 1],
  score({ completion }) { while (completion.length > 1000); return Math.min(1, completion.length / 10); } });`,
    });
  });
  afterAll(() => project.remove());

  test("an endless loop ends with its time budget", async () => {
    const path = join(project.folder, "loops.mjs");
    expect(readFileSync(path, "utf8")).toContain("while");
    const module = pathToFileURL(path).href;
    const reward = findReward(await importModule(module), "loops")?.reward as Reward;
    const checks = standardChecks(reward, await fixturesFromRows(highAndLow), {
      source: { module, exportName: "loops" },
      timeBudget: 3_000,
    });
    const hostile = checks.find(({ name }) => name === "survives hostile texts");
    expect(await hostile?.run()).toMatchObject({
      message: "on 100 kB of one letter, it took over its time budget of 3000 ms",
    });
  });
});
