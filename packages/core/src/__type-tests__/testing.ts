// Testing rewards: columns and params of samples, matchers.
import { expect, test } from "vitest";
import { z } from "zod";
import { defineReward, type Reward } from "../index.js";
import { scoreSample } from "../testing/index.js";
import { score, testReward } from "../vitest/index.js";

const endsWith = defineReward({
  name: "ends-with",
  description: "1 if the completion ends with the word, else 0.",
  columns: z.object({ word: z.string(), language: z.string().default("en") }),
  params: z.object({ ignoreCase: z.boolean().default(false) }),
  range: [0, 1],
  score: () => 1,
});
const length = defineReward({
  name: "length",
  description: "Characters, by a limit.",
  params: z.object({ limit: z.number() }),
  range: [0, 1],
  score: () => 1,
});
const completion = "It is Paris";

// A sample has the reward's columns; those with a default may be left out.
await score(endsWith, { completion, columns: { word: "Paris" } });
await score(endsWith, { completion, columns: { word: "Paris" } }, { params: { ignoreCase: true }, seed: 1 });
await score(endsWith, [{ completion, columns: { word: "Paris" } }]);
await score(length, { completion }, { params: { limit: 3 } });

await score(endsWith, { completion }); // expect: Property 'columns' is missing
await score(endsWith, { completion, columns: { word: 7 } }); // expect: Type 'number' is not assignable to type 'string'
await scoreSample(endsWith, { completion }); // expect: Property 'columns' is missing
await scoreSample(endsWith, { completion, columns: {} }); // expect: Property 'word' is missing
await scoreSample(endsWith, { completion, columns: { word: 7 } }); // expect: Type 'number' is not assignable to type 'string'
await scoreSample(endsWith, { completion, columns: { word: "a" } }, { params: { ignorCase: true } }); // expect: 'ignorCase' does not exist
await scoreSample(endsWith, { completion, columns: { word: "a" }, finishReason: "end" }); // expect: Type '"end"' is not assignable
await scoreSample(length, { completion }); // expect: Expected 3 arguments, but got 2
await scoreSample(length, { completion }, { params: {} }); // expect: Property 'limit' is missing

// A reward that is known only at run time takes any columns and params.
const any: Reward = endsWith;
await scoreSample(any, { completion, columns: { whatever: 1 } }, { params: { some: 1 } });
await scoreSample(any, { completion });

// Matchers are there once the entry is imported.
const scored = await scoreSample(endsWith, { completion, columns: { word: "Paris" } });
scored.score satisfies number | null;
test("matchers", () => {
  expect(scored).toScore(1);
  expect(scored).not.toScoreWithin(0, 0.5);
  expect(scored).toOutrank(scored);
  expect(scored).toAbstain();
  expect(scored).toScore("1"); // expect: Argument of type 'string' is not assignable to parameter of type 'number'
  expect(scored).toScoreWithin(0); // expect: Expected 2 arguments, but got 1
  expect(scored).toOutrank(1); // expect: Argument of type 'number' is not assignable to parameter of type 'ScoredSample'
  expect(scored).toScor(1); // expect: Property 'toScor' does not exist
});

// Fixtures are a file or rows, each of one form.
testReward(endsWith, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true });
testReward(endsWith, {
  fixtures: [
    { completion, score: 1 },
    { completion, score: [0, 1] },
    { completion, error: "no" },
  ],
});
testReward(endsWith, {
  fixtures: [{ group: [{ completion, score: null }] }, { better: { completion }, worse: { completion } }],
});
testReward(endsWith, { fixtures: [{ completion }] }); // expect: is not assignable to type
testReward(endsWith, { fixtures: [{ completion, score: 1, error: "no" }] }); // expect: 'completion' does not exist in type
testReward(endsWith, {}); // expect: Property 'fixtures' is missing
