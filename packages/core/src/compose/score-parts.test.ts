import { expect, test } from "vitest";
import { z } from "zod";
import { defineReward } from "../define-reward.js";
import { PavlovError } from "../error.js";
import type { Reward, RewardContext } from "../reward.js";
import { compose } from "./compose.js";
import { use } from "./use.js";

const exact = defineReward({
  name: "exact",
  description: "1 if the completion equals the answer; abstains without one.",
  columns: z.object({ answer: z.string().nullable().default(null) }),
  range: [0, 1],
  score: ({ completion, columns }) =>
    columns.answer === null
      ? null
      : { score: completion === columns.answer ? 1 : 0, reason: `wanted ${columns.answer}`, metrics: { seen: 1 } },
});
const length = defineReward({
  name: "length",
  description: "Characters.",
  params: z.object({ scale: z.number().default(1) }),
  range: [0, null],
  score: ({ completion }, { params }) => completion.length * params.scale,
});
const rank = defineReward({
  name: "rank",
  description: "Position by length within the group.",
  range: [0, null],
  scoreGroup: (group) =>
    group.map(({ completion }) => group.filter((other) => other.completion.length < completion.length).length),
});
const count = defineReward({
  name: "count",
  description: "How many samples came at once.",
  range: [0, null],
  scoreBatch: async (samples) => samples.map(() => samples.length),
});
const failing = defineReward({
  name: "failing",
  description: "Fails on x.",
  range: [0, 1],
  score({ completion }) {
    if (completion === "x") throw new Error("cannot score x");
    return 1;
  },
});

/** Scores completions with a reward as a caller without a scorer would: set up, score, dispose. */
async function scoreAll(reward: Reward, completions: readonly string[], columns: object = {}, groups?: string[]) {
  const shared = { params: {}, signal: AbortSignal.timeout(5000), env: {}, log: () => {}, fetch };
  const context: RewardContext<object, unknown> = { ...shared, seed: 0, state: await reward.setup?.(shared) };
  const samples = completions.map((completion, index) => ({
    ...{ completion, columns, index, groupId: groups?.[index] ?? "g", prompt: "p", messages: [], tokenIds: [] },
    ...{ finishReason: "stop" as const, step: 0 },
  }));
  try {
    if (reward.scoreBatch) return await reward.scoreBatch(samples, context);
    if (reward.scoreGroup) return await reward.scoreGroup(samples, context);
    return await Promise.all(samples.map((sample) => reward.score?.(sample, context)));
  } finally {
    await reward.dispose?.(context.state);
  }
}

test("totals the parts, with their scores as metrics and their reasons in one line", async () => {
  const composite = compose({
    correct: use(exact, { weight: 2, columns: { answer: "gold" } }),
    length: use(length, { params: { scale: 0.5 } }),
  });
  expect(await scoreAll(composite, ["42", "7"], { gold: "42" })).toEqual([
    { score: 3, metrics: { correct: 1, "correct/seen": 1, length: 1 }, reason: "correct: wanted 42" },
    { score: 0.5, metrics: { correct: 0, "correct/seen": 1, length: 0.5 }, reason: "correct: wanted 42" },
  ]);
});

test("an abstaining part is left out, and all abstaining abstain", async () => {
  expect(await scoreAll(compose({ exact, length }), ["abc"])).toEqual([{ score: 3, metrics: { length: 3 } }]);
  expect(await scoreAll(compose({ exact }), ["abc"])).toEqual([{ score: null, metrics: {} }]);
});

test("group parts see one group, batch parts see everything", async () => {
  const groups = ["a", "a", "b", "b"];
  const grouped = await scoreAll(compose({ rank, length: use(length, { weight: 0 }) }), ["1", "22"]);
  expect(grouped).toMatchObject([{ score: 0 }, { score: 1 }]);
  const batched = await scoreAll(compose({ rank, count }), ["1", "22", "333", "22"], {}, groups);
  expect(batched).toMatchObject([{ score: 4 }, { score: 5 }, { score: 5 }, { score: 4 }]);
});

test("a composite nested in another scores like any reward", async () => {
  const inner = compose({ exact: use(exact, { columns: { answer: "gold" } }), length }, { combine: "exact * length" });
  const outer = compose({ quality: use(inner, { weight: 10, columns: { gold: "solution" } }), length });
  expect(await scoreAll(outer, ["abc"], { solution: "abc" })).toMatchObject([
    { score: 33, metrics: { quality: 3, "quality/exact": 1, length: 3 }, reason: "quality: exact: wanted abc" },
  ]);
  expect(await scoreAll(outer, ["abc"], {})).toMatchObject([{ score: 3, metrics: { length: 3 } }]);
});

test("an error of a part is an error, at any depth, and never a score or an abstention", async () => {
  const inner = compose({ failing, length });
  const outer = compose({ inner, other: length });
  await expect(scoreAll(outer, ["x"])).rejects.toThrow(/failing.*cannot score x/);
  await expect(scoreAll(outer, ["x"])).rejects.toThrow(PavlovError);
  expect(await scoreAll(outer, ["yy"])).toMatchObject([{ score: 5 }]);
});

test("a score may stand in for an error where the part says so", async () => {
  const composite = compose({ failing: use(failing, { onError: { score: -1 } }), length });
  expect(await scoreAll(composite, ["x"])).toMatchObject([
    { score: 0, reason: expect.stringContaining("cannot score x") },
  ]);
});

test("a row that a part's schema refuses is an error that names the dataset's column", async () => {
  const composite = compose({ exact: use(exact, { columns: { answer: "gold" } }) });
  await expect(scoreAll(composite, ["x"], { gold: 3 })).rejects.toThrow(/column "gold" \(the reward's "answer"\) is 3/);
});

test("a part is given its inputs, and those that it reads if present only where the sample has them", async () => {
  const about = { description: "What it sees.", range: [0, 1] } as const;
  const flexible = defineReward({
    ...about,
    name: "flexible",
    reads: ["prompt"],
    readsIfPresent: ["tokenIds", "finishReason"],
    score: (sample) => ({ score: "tokenIds" in sample ? 1 : 0, reason: Object.keys(sample).join(" ") }),
  });
  const strict = defineReward({ ...about, name: "strict", reads: ["finishReason"], score: () => 0 });
  const composite = compose({ nested: compose({ flexible }), strict });
  const shared = { params: {}, signal: AbortSignal.timeout(5000), env: {}, log: () => {}, fetch };
  const context = { ...shared, seed: 0, state: await composite.setup?.(shared) };
  const sample = { completion: "x", columns: {}, index: 0, groupId: "g", prompt: "p", finishReason: "stop", step: 3 };
  const score = (inputs: object) => composite.score?.({ ...sample, ...inputs } as never, context);
  expect(await score({})).toMatchObject({
    score: 0,
    reason: "nested: flexible: prompt finishReason completion columns index groupId",
  });
  expect(await score({ tokenIds: [] })).toMatchObject({
    score: 1,
    reason: "nested: flexible: prompt tokenIds finishReason completion columns index groupId",
  });
});

test("retries as often as the part says", async () => {
  let calls = 0;
  const flaky = defineReward({
    name: "flaky",
    description: "Works the third time.",
    range: [0, 1],
    async score() {
      calls += 1;
      if (calls < 3) throw new Error("not yet");
      return 1;
    },
  });
  expect(await scoreAll(compose({ flaky: use(flaky, { retries: 2 }) }), ["a"])).toMatchObject([{ score: 1 }]);
  calls = 0;
  await expect(scoreAll(compose({ flaky: use(flaky, { retries: 1 }) }), ["a"])).rejects.toThrow("not yet");
});

test("ends a part that takes longer than its time, and tells it so", async () => {
  let aborted = false;
  const slow = defineReward({
    name: "slow",
    description: "Never ends.",
    range: [0, 1],
    score: (_, { signal }) =>
      new Promise(() => {
        signal.addEventListener("abort", () => (aborted = true));
      }),
  });
  await expect(scoreAll(compose({ slow: use(slow, { timeout: 20 }) }), ["a"])).rejects.toThrow("timed out after 20 ms");
  expect(aborted).toBe(true);
});

test("runs no more calls of a part at once than it allows", async () => {
  let running = 0;
  let most = 0;
  const counted = defineReward({
    name: "counted",
    description: "Counts itself.",
    range: [0, 1],
    async score() {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      return 1;
    },
  });
  await scoreAll(compose({ counted: use(counted, { concurrency: 2 }) }), ["a", "b", "c", "d", "e"]);
  expect(most).toBe(2);
});

test("sets every part up with its own params and environment, and disposes of it", async () => {
  const events: string[] = [];
  const client = (name: string) =>
    defineReward({
      name,
      description: "Has state.",
      params: z.object({ url: z.string() }),
      env: [`${name.toUpperCase()}_KEY`],
      range: [0, 1],
      setup({ params, env, log }) {
        log("ready");
        return { url: params.url, keys: Object.keys(env) };
      },
      dispose: ({ url }) => {
        events.push(`disposed ${url}`);
      },
      score: (_, { state }) => ({ score: 1, reason: `${state.url} ${state.keys.join()}` }),
    });
  const composite = compose({
    one: use(client("one"), { params: { url: "u1" } }),
    two: use(client("two"), { params: { url: "u2" } }),
  });
  const shared = {
    ...{ params: {}, signal: AbortSignal.timeout(5000), fetch },
    env: { ONE_KEY: "a", TWO_KEY: "b" },
    log: (message: string) => void events.push(message),
  };
  const state = await composite.setup?.(shared);
  const sample = { completion: "x", columns: {}, index: 0, groupId: "g" };
  expect(await composite.score?.(sample as never, { ...shared, seed: 0, state })).toMatchObject({
    reason: "one: u1 ONE_KEY; two: u2 TWO_KEY",
  });
  await composite.dispose?.(state);
  expect(events).toEqual(["one: ready", "two: ready", "disposed u1", "disposed u2"]);
});

test("a setup that fails leaves nothing set up", async () => {
  const events: string[] = [];
  const good = defineReward({
    name: "good",
    description: "x",
    range: [0, 1],
    setup: () => "client",
    dispose: (state) => void events.push(`disposed ${state}`),
    score: () => 1,
  });
  const bad = defineReward({
    name: "bad",
    description: "x",
    range: [0, 1],
    async setup() {
      throw new Error("no connection");
    },
    score: () => 1,
  });
  const shared = { params: {}, signal: AbortSignal.timeout(5000), env: {}, log: () => {}, fetch };
  await expect(compose({ good, bad }).setup?.(shared)).rejects.toThrow("no connection");
  expect(events).toEqual(["disposed client"]);
});

test("says that it must be set up first", async () => {
  const context = { params: {}, signal: AbortSignal.timeout(5000), env: {}, log: () => {}, fetch, seed: 0 };
  const sample = { completion: "x", columns: {}, index: 0, groupId: "g" };
  await expect(compose({ length }).score?.(sample as never, { ...context, state: undefined })).rejects.toThrow(
    "A composite must be set up before it scores",
  );
});
