import { expect, test } from "vitest";
import { z } from "zod";
import { defineReward } from "../define-reward.js";
import { score } from "./index.js";

const length = defineReward({
  name: "length",
  description: "Characters, by tens; abstains on nothing.",
  params: z.object({ per: z.number().default(10) }),
  range: [0, null],
  score: ({ completion }, { params }) =>
    completion === ""
      ? null
      : { score: completion.length / params.per, reason: `${completion.length} long`, metrics: { words: 1 } },
});

const of = (completion: string) => score(length, { completion });

/** What an expectation that fails says. */
function said(expectation: () => unknown): string {
  try {
    expectation();
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
  return "passed";
}

test("toScore", async () => {
  expect(await of("abc")).toScore(0.3);
  expect(await of("abc")).not.toScore(0.31);
  expect(await of("")).not.toScore(0);
  expect(await score(length, { completion: "abc" }, { params: { per: 3 } })).toScore(1);
  await expect(of("abc")).resolves.toScore(0.3);
});

test("toScoreWithin includes its bounds", async () => {
  expect(await of("abc")).toScoreWithin(0.3, 1);
  expect(await of("abc")).toScoreWithin(0, 0.3);
  expect(await of("abc")).not.toScoreWithin(0.31, 1);
  expect(await of("")).not.toScoreWithin(0, 1);
});

test("toAbstain", async () => {
  expect(await of("")).toAbstain();
  expect(await of("a")).not.toAbstain();
});

test("toOutrank", async () => {
  expect(await of("abc")).toOutrank(await of("a"));
  expect(await of("abc")).not.toOutrank(await of("abc"));
  expect(await of("abc")).not.toOutrank(await of(""));
});

test("completions of one prompt are scored together", async () => {
  const [one, two] = await score(length, [{ completion: "a" }, { completion: "ab" }]);
  expect(two).toOutrank(one ?? expect.unreachable());
});

test("what fails shows the completion, shortened in the middle, the score, the reason and the metrics", async () => {
  const scored = await of("x".repeat(1000));
  const message = said(() => expect(scored).toScore(1));
  expect(message.split("\n").map((line) => line.replaceAll(/x{20,}/g, "x…x"))).toEqual([
    'expected "length" to score 1',
    '  completion        "x…x[… 700 characters …]x…x"',
    "  given             100",
    "  reason            1000 long",
    "  metrics           words 1",
  ]);
  expect(said(() => expect(scored).not.toScore(100))).toContain('expected "length" not to score 100');
});

test("what fails to outrank shows both", async () => {
  const [worse, better] = [await of("abc"), await of("a")];
  const message = said(() => expect(better).toOutrank(worse));
  expect(message).toContain('expected "length" to score more than 0.3');
  expect(message).toMatch(/"a"[^]*given {13}0\.1[^]*than:[^]*"abc"[^]*given {13}0\.3/);
});

test("what is no scored sample never passes", async () => {
  const promise = of("a");
  for (const wrong of [promise, 1, null, { score: 1 }]) {
    expect(said(() => expect(wrong as never).toScore(1))).toContain("takes a scored sample");
    expect(said(() => expect(wrong as never).not.toScore(1))).toContain("takes a scored sample");
  }
  expect(said(() => expect(promise as never).toAbstain())).toContain("a promise: await score(…) first");
  const scored = await promise;
  expect(said(() => expect(scored).toScore(null as never))).toContain("toScore takes numbers, not null");
});
