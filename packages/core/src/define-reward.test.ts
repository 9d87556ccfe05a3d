import { expect, test } from "vitest";
import { z } from "zod";
import { defineReward, isReward } from "./define-reward.js";
import { PavlovError } from "./error.js";
import type { RewardContext, RewardSpec } from "./reward.js";
import { columnNames } from "./schema/json-schema.js";

const about = { name: "length", description: "Characters.", range: [0, null] } as const;
const context: RewardContext<object, unknown> = {
  params: {},
  state: undefined,
  signal: new AbortController().signal,
  seed: 0,
  env: {},
  log: () => {},
  fetch,
};

test("makes a reward with defaults for what is left out", async () => {
  const reward = defineReward({ ...about, score: ({ completion }) => completion.length });
  expect(reward).toMatchObject({
    name: "length",
    reads: [],
    readsIfPresent: [],
    scope: "sample",
    deterministic: true,
    cacheable: false,
    env: [],
    envIfPresent: [],
    needs: [],
  });
  expect(columnNames(reward.columns)).toEqual([]);
  expect(reward.range({})).toEqual([0, null]);
  expect(await reward.score?.({ completion: "four", columns: {}, index: 0, groupId: "g" } as never, context)).toBe(4);
  expect(isReward(reward)).toBe(true);
});

test("knows the scope from the method", () => {
  expect(defineReward({ ...about, scoreGroup: (group) => group.map(() => 0) }).scope).toBe("group");
  expect(defineReward({ ...about, scoreBatch: (samples) => samples.map(() => 0) }).scope).toBe("batch");
});

test("methods keep their specification as this", async () => {
  const spec = {
    ...about,
    factor: 3,
    score(): number {
      return this.factor;
    },
  };
  expect(await defineReward(spec).score?.({} as never, context)).toBe(3);
});

test("a method stays recognizable as asynchronous", () => {
  expect(defineReward({ ...about, score: async () => 1 }).score?.constructor.name).toBe("AsyncFunction");
});

test("a range may follow the params, and is checked then", () => {
  const params = z.object({ low: z.number(), high: z.number() });
  const reward = defineReward({ ...about, params, range: ({ low, high }) => [low, high], score: () => 0 });
  expect(reward.range({ low: -1, high: 1 })).toEqual([-1, 1]);
  expect(() => reward.range({ low: 2, high: 1 })).toThrow('Reward "length": the range [2, 1] has its lowest');
});

const score = () => 1;
test.each<[string, object, string]>([
  ["a name with a slash", { ...about, name: "sql/executes", score }, '"sql/executes" is not a reward\'s name'],
  ["a name that starts with a digit", { ...about, name: "2nd", score }, '"2nd" is not a reward\'s name'],
  ["no name", { ...about, name: undefined, score }, "undefined is not a reward's name"],
  ["no description", { ...about, description: " ", score }, 'Reward "length": needs a description'],
  ["a swapped range", { ...about, range: [1, 0], score }, "the range [1, 0] has its lowest score above its highest"],
  ["an infinite range", { ...about, range: [0, Infinity], score }, "each a finite number or null"],
  ["half a range", { ...about, range: [0], score }, "the range [0] must be [lowest, highest]"],
  ["no range", { name: "length", description: "x", score }, "the range undefined must be"],
  ["an empty version", { ...about, version: "", score }, 'the version "" must be a text'],
  ["a need that there is not", { ...about, needs: ["a GPU"], score }, 'needs "a GPU"; it can need network, subprocess'],
  ["one variable in both lists", { ...about, env: ["A"], envIfPresent: ["A"], score }, 'names "A" in env and in'],
  ["no method", about, 'Reward "length": needs exactly one of the methods score, scoreGroup, scoreBatch; it has none.'],
  ["two methods", { ...about, score, scoreBatch: score }, "it has score and scoreBatch."],
  ["a method that is no function", { ...about, score: 1 }, "needs exactly one of the methods"],
  ["a plain object as schema", { ...about, columns: { answer: "string" }, score }, "columns must be an object schema"],
  ["an unknown input", { ...about, reads: ["row"], score }, 'reads "row"; it can read prompt, messages'],
  ["an unknown input if present", { ...about, readsIfPresent: ["row"], score }, 'reads "row"; it can read prompt'],
  [
    "an input named twice",
    { ...about, reads: ["step", "prompt"], readsIfPresent: ["tokenIds", "prompt"], score },
    'Reward "length": names "prompt" in reads and in readsIfPresent: name it in one of them.',
  ],
])("refuses %s", (_, spec, message) => {
  const define = () => defineReward(spec as RewardSpec<string, never, never, never, undefined>);
  expect(define).toThrow(message);
  expect(define).toThrow(PavlovError);
});

test("tells rewards from other values", () => {
  for (const value of [null, undefined, 3, {}, about, () => 1]) expect(isReward(value)).toBe(false);
});
