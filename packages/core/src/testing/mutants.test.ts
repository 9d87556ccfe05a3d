import { expect, test } from "vitest";
import { survivingMutants } from "./mutants.js";
import { endsWith, ofText } from "./rewards.test.support.js";
import { fixturesFromRows, type FixtureRow } from "./to-fixture.js";

const length = ofText(({ length: characters }) => Math.min(1, characters / 10));
const survivors = async (reward: Parameters<typeof survivingMutants>[0], rows: readonly FixtureRow[]) =>
  survivingMutants(reward, await fixturesFromRows(rows)).map(({ name }) => name);

test("a high and a low score leave none", async () => {
  const rows = [
    { completion: "a", columns: { word: "a" }, score: 1 },
    { completion: "b", columns: { word: "a" }, score: 0 },
  ];
  expect(await survivors(endsWith, rows)).toEqual([]);
});

test("what every fixture allows survives", async () => {
  expect(await survivors(length, [{ completion: "aaaaaaaaaa", score: 1 }])).toEqual(["always 1, its highest score"]);
  expect(await survivors(length, [{ completion: "", score: [0, 0.1] }])).toEqual(["always 0, its lowest score"]);
  expect(await survivors(length, [{ completion: "aaaaa", score: 0.5 }])).toEqual([
    "always 0.5, the middle of its range",
  ]);
  expect(await survivors(length, [{ completion: "", score: null }])).toEqual(["always abstaining"]);
});

test("noise survives where anything will do", async () => {
  const names = await survivors(length, [{ completion: "aaa", score: [0, 1] }]);
  expect(names).toHaveLength(6);
  expect(names).toContain("random numbers in its range (seed 1)");
});

test("reasons and errors prove nothing of scores", async () => {
  const rows: FixtureRow[] = [
    { completion: "a", columns: { word: "a" }, score: 1, reason: "looked for a", metrics: { characters: 1 } },
    { completion: "a", error: "no column" },
  ];
  expect(await survivors(endsWith, rows)).toEqual(["always 1, its highest score"]);
  expect(await survivors(endsWith, rows.slice(1))).toHaveLength(7);
});

test("a range without bounds has 0 and 1", async () => {
  const open = ofText(({ length: characters }) => characters, { range: [null, null] });
  expect(await survivors(open, [{ completion: "a", score: 1 }])).toEqual(["always 1, its highest score"]);
  expect(await survivors(open, [{ completion: "", score: 0 }])).toEqual(["always 0, its lowest score"]);
});

test("no constant outranks itself, and pairs enough are not guessed", async () => {
  const pairs = Array.from({ length: 12 }, (_, index) => ({
    better: { completion: "aa".repeat(index + 1) },
    worse: { completion: "a".repeat(index) },
  }));
  expect(await survivors(length, pairs)).toEqual([]);
});
