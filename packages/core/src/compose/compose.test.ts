import { expect, test } from "vitest";
import { z } from "zod";
import { defineReward } from "../define-reward.js";
import { PavlovError } from "../error.js";
import { compose } from "./compose.js";
import { use } from "./use.js";

const exact = defineReward({
  name: "exact",
  description: "1 if the completion equals the answer.",
  columns: z.object({ answer: z.string() }),
  params: z.object({ caseSensitive: z.boolean().default(true), tolerance: z.number().min(0).optional() }),
  range: [0, 1],
  env: ["JUDGE_KEY"],
  reads: ["prompt"],
  score: ({ completion, columns }) => (completion === columns.answer ? 1 : 0),
});
const length = defineReward({
  name: "length",
  description: "Characters.",
  range: [0, null],
  score: ({ completion }) => completion.length,
});
const best = defineReward({
  name: "best",
  description: "1 for the longest of its group.",
  range: [0, 1],
  deterministic: false,
  scoreGroup: (group) => group.map(({ completion }) => (completion.length > 3 ? 1 : 0)),
});
const judge = defineReward({
  name: "judge",
  description: "Judges all at once.",
  params: z.object({ model: z.string() }),
  range: [-1, 1],
  scoreBatch: (samples) => samples.map(() => 0),
});

test("fills in weights, mappings and the defaults of params", () => {
  const { parts } = compose({ correct: use(exact, { weight: 2, columns: { answer: "gold" } }), length });
  expect(parts["correct"]).toEqual({
    reward: exact,
    weight: 2,
    columns: { answer: "gold" },
    params: { caseSensitive: true },
  });
  expect(parts["length"]).toEqual({ reward: length, weight: 1, columns: {}, params: {} });
});

test("keeps the run-time policy and the source of a part", () => {
  const policy = { onError: "drop", timeout: 100, concurrency: 2, retries: 1, isolate: true } as const;
  const source = { module: "file:///rewards.js", exportName: "length" };
  expect(compose({ length: use(length, { ...policy, source }) }).parts["length"]).toMatchObject({ ...policy, source });
});

test("is a reward: name, description, inputs, environment and determinism come from its parts", () => {
  const composite = compose({ exact: use(exact, { weight: 0.5 }), best });
  expect(composite).toMatchObject({
    name: "composite",
    description: "0.5 * exact + best",
    reads: ["prompt"],
    readsIfPresent: [],
    env: ["JUDGE_KEY"],
    deterministic: false,
    cacheable: false,
  });
  expect(compose({ exact }, { name: "quality", description: "Good." })).toMatchObject({
    name: "quality",
    description: "Good.",
    deterministic: true,
  });
  expect(compose({ exact, length }, { combine: "exact - length" }).description).toBe("exact - length");
});

test("requires what one part requires, and takes the other parts' inputs if present", () => {
  const chatty = defineReward({
    name: "chatty",
    description: "x",
    range: [0, 1],
    reads: ["step"],
    readsIfPresent: ["prompt", "tokenIds"],
    score: ({ tokenIds }) => (tokenIds === undefined ? 0 : 1),
  });
  const alone = compose({ chatty, again: chatty, length });
  expect(alone).toMatchObject({ reads: ["step"], readsIfPresent: ["prompt", "tokenIds"] });
  expect(compose({ alone, exact })).toMatchObject({ reads: ["step", "prompt"], readsIfPresent: ["tokenIds"] });
});

test("has the widest scope of its parts", () => {
  expect(compose({ exact, length }).scope).toBe("sample");
  expect(compose({ exact, best }).scope).toBe("group");
  expect(compose({ exact, best, judge: use(judge, { params: { model: "m" } }) }).scope).toBe("batch");
});

test("takes the total from the expression where there is one", () => {
  const composite = compose({ exact, length }, { combine: "exact + 0.1 * min(length, 5) * (exact > 0)" });
  expect(composite.total({ exact: 1, length: 30 })).toBe(1.5);
  expect(composite.total({ exact: null, length: 30 })).toBeNull();
  expect(composite.range({})).toEqual([0, 1.5]);
  expect(composite.combine).toBe("exact + 0.1 * min(length, 5) * (exact > 0)");
});

test("with an expression, weight 0 keeps a reward as a metric", () => {
  const composite = compose({ exact, length: use(length, { weight: 0 }) }, { combine: "2 * exact" });
  expect(composite.total({ exact: 1, length: 9 })).toBe(2);
  expect(composite.total({ exact: 1, length: null })).toBe(2);
  expect(composite.parts["length"]?.weight).toBe(0);
});

test("takes a composite as a part", () => {
  const inner = compose({ exact: use(exact, { columns: { answer: "gold" } }), length }, { combine: "exact * length" });
  const outer = compose({ quality: use(inner, { weight: 2, columns: { gold: "solution" } }), best });
  expect(outer.parts["quality"]).toMatchObject({ weight: 2, columns: { gold: "solution" } });
  expect(outer.range({})).toEqual([0, null]);
  expect(outer.scope).toBe("group");
});

const dated = defineReward({
  name: "dated",
  description: "x",
  columns: z.object({ when: z.date() }),
  range: [0, 1],
  score: () => 1,
});
const listed = defineReward({
  name: "listed",
  description: "x",
  columns: z.array(z.string()),
  range: [0, 1],
  score: () => 1,
});
const erased = (options: object) => use(exact as never, options as never);
test.each<[string, () => unknown, string]>([
  ["no parts", () => compose({}), "A composite needs at least one reward."],
  ["a name with a dash", () => compose({ "soft-length": length }), '"soft-length" cannot name a reward in a composite'],
  ["a name that starts with a digit", () => compose({ "2nd": length }), '"2nd" cannot name a reward'],
  ["a name that objects have", () => compose({ constructor: length }), '"constructor" cannot name a reward'],
  [
    "a word of expressions as name",
    () => compose({ and: length }, { combine: "1" }),
    '"and" is a word of the expression',
  ],
  [
    "a part that is no reward",
    () => compose({ a: { reward: {}, options: {} } as never }),
    'The part "a" is not a reward.',
  ],
  ["a part without options", () => compose({ a: { reward: exact } as never }), 'The part "a" is not a reward.'],
  ["a part that is nothing", () => compose({ a: null as never }), 'The part "a" is not a reward.'],
  ["a name that no reward may have", () => compose({ exact }, { name: "my/own" }), '"my/own" is not a reward\'s name'],
  [
    "columns that JSON Schema cannot say",
    () => compose({ dated }),
    'Reward "dated": its columns cannot be described: ',
  ],
  [
    "columns that are a list",
    () => compose({ listed }),
    'Reward "listed": its columns cannot be described: The schema must',
  ],
  [
    "a mapping of an undeclared column",
    () => compose({ correct: erased({ columns: { anwser: "gold" } }) }),
    'Reward "correct" (exact): it maps the column "anwser", which the reward does not declare; it has the columns ' +
      'answer. Did you mean "answer"?',
  ],
  [
    "a mapping for a reward without columns",
    () => compose({ length: use(length as never, { columns: { answer: "gold" } } as never) }),
    "which the reward does not declare; it has no columns.",
  ],
  [
    "a mapping to nothing",
    () => compose({ exact: erased({ columns: { answer: "" } }) }),
    'maps the column "answer" to ""',
  ],
  [
    "an unknown param",
    () => compose({ exact: erased({ params: { case_sensitive: true } }) }),
    'Reward "exact": it has no param "case_sensitive" (given true). Did you mean "caseSensitive"?',
  ],
  [
    "a wrong param",
    () => compose({ right: erased({ params: { tolerance: -1 } }) }),
    'Reward "right" (exact): the param "tolerance" is -1: Too small: expected number to be >=0.',
  ],
  [
    "a missing param",
    () => compose({ judge: use(judge as never, {} as never) }),
    'Reward "judge": the param "model" is missing (Invalid input: expected string, received undefined).',
  ],
  ["params that are no object", () => compose({ exact: erased({ params: [1] }) }), "the params [1] must be an object"],
  [
    "a weight that is not finite",
    () => compose({ exact: erased({ weight: NaN }) }),
    "the weight NaN must be a finite number",
  ],
  [
    "a timeout of 0",
    () => compose({ exact: erased({ timeout: 0 }) }),
    "the timeout 0 must be a number of milliseconds",
  ],
  ["half a call", () => compose({ exact: erased({ concurrency: 0.5 }) }), "the concurrency 0.5 must be a whole number"],
  ["negative retries", () => compose({ exact: erased({ retries: -1 }) }), "retries -1 must be a whole number from 0"],
  [
    "an unknown policy",
    () => compose({ exact: erased({ onError: "ignore" }) }),
    'onError "ignore" must be "fail", "drop"',
  ],
  ["a policy without a finite score", () => compose({ exact: erased({ onError: { score: NaN } }) }), "onError"],
  [
    "a weight beside an expression",
    () => compose({ exact: use(exact, { weight: 1 }) }, { combine: "exact" }),
    'Reward "exact": the weight 1 cannot be used together with a combine expression.',
  ],
  [
    "an expression that uses a metric of weight 0",
    () => compose({ exact: use(exact, { weight: 0 }) }, { combine: "exact" }),
    'Reward "exact" has weight 0 (a metric only), but the expression "exact" uses it.',
  ],
  ["an expression with an unknown name", () => compose({ exact }, { combine: "exat" }), 'Did you mean "exact"?'],
])("refuses %s", (_, act, message) => {
  expect(act).toThrow(message);
  expect(act).toThrow(PavlovError);
});

test("suggests the other direction for a mapping that is turned round", () => {
  expect(() => compose({ exact: erased({ columns: { gold: "answer" } }) })).toThrow(
    expect.objectContaining({ hint: 'The reward\'s column comes first: { answer: "gold" }.' }),
  );
});

test("refuses params whose schema is asynchronous, and a range that throws", () => {
  const params = z.object({ key: z.string().refine(async () => true) });
  const slow = defineReward({ name: "slow", description: "x", params, range: [0, 1], score: () => 1 });
  expect(() => compose({ slow: use(slow, { params: { key: "a" } }) })).toThrow(
    'Reward "slow": its params cannot be checked',
  );
  const broken = defineReward({
    name: "broken",
    description: "x",
    range: () => {
      throw new Error("no range");
    },
    score: () => 1,
  });
  expect(() => compose({ broken })).toThrow("its range cannot be computed from the params {}: no range.");
});
