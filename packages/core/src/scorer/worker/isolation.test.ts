import { readFile } from "node:fs/promises";
import { threadId } from "node:worker_threads";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProject, type TemporaryProject } from "../../registry/project.test.support.js";
import { createRegistry } from "../../registry/registry.js";
import { compositeOf, sampleOf } from "../composite.test.support.js";
import { createScorer } from "../create-scorer.js";
import type { RewardUse, ScorerOptions } from "../types.js";

const rewards = `
import { appendFileSync } from "node:fs";
import { isMainThread, threadId } from "node:worker_threads";
import { compose, defineReward, use } from "@pavlov/core";
import { z } from "zod";

const common = { description: "For tests.", range: [0, 1] as [number, number] };

export const spin = defineReward({
  ...common,
  name: "spin",
  score({ completion }) {
    while (completion === "spin") {}
    return 1;
  },
});
export const backtrack = defineReward({
  ...common,
  name: "backtrack",
  score: ({ completion }) => (/^(a+)+$/.test(completion) ? 1 : 0),
});
export const where = defineReward({ ...common, name: "where", score: () => ({ score: isMainThread ? 0 : 1, metrics: { threadId } }) });
export const crash = defineReward({
  ...common,
  name: "crash",
  score({ completion }) {
    if (completion === "exit") process.exit(7);
    if (completion === "throw") throw new Error("no such table");
    return 1;
  },
});
export const shape = defineReward({
  ...common,
  name: "shape",
  columns: z.object({ answer: z.string().transform((text) => ({ text, twice: () => text + text })), level: z.number().default(3) }),
  params: z.object({ factor: z.number() }),
  reads: ["prompt"],
  readsIfPresent: ["tokenIds"],
  env: ["PAVLOV_TEST_TOKEN"],
  setup: ({ params }) => ({ factor: params.factor }),
  score({ completion, columns, prompt, ...rest }, { params, state, env, seed, log }) {
    log("key " + env.PAVLOV_TEST_TOKEN);
    const reason = JSON.stringify([columns.answer.twice(), columns.level, prompt, Object.keys(rest), params, state, env.PAVLOV_TEST_TOKEN]);
    return { score: 0.5, reason, metrics: { seed } };
  },
});
export const ranks = defineReward({
  ...common,
  name: "ranks",
  scoreGroup: (group) => group.map(({ completion }) => group.filter((other) => other.completion < completion).length / group.length),
});
export const disposed = defineReward({
  ...common,
  name: "disposed",
  params: z.object({ file: z.string() }),
  setup({ params }) { appendFileSync(params.file, "setup\\n"); return params.file; },
  dispose: (file) => appendFileSync(file, "dispose\\n"),
  score: () => 1,
});
export const patient = defineReward({ ...common, name: "patient", score: async () => ({ score: 1, metrics: { threadId } }) });
export const both = compose({ spin, crash: use(crash, { weight: 0.5 }) });
export const unready = defineReward({ ...common, name: "unready", setup() { throw new Error("no database"); }, score: () => 1 });
`;

let project: TemporaryProject;

beforeAll(async () => {
  project = await createProject({
    "rewards.ts": rewards,
    "built.js": `import { defineReward } from "@pavlov/core";
      export const built = defineReward({ name: "built", description: "Spins.", range: [0, 1], score({ completion }) { while (completion === "spin") {} return 1; } });`,
  });
});

afterAll(() => project.remove());

async function scorerOf(reference: string, use: Partial<RewardUse>, options: ScorerOptions = {}) {
  const { reward, source } = await createRegistry({ cwd: project.folder }).resolve(reference);
  const part: Partial<RewardUse> = { ...(source && { source }), ...use };
  return createScorer(compositeOf({ it: { reward, ...part } }), { onError: "drop", ...options });
}

test.each(["./rewards.ts#spin", "./built.js#built"])(
  "%s: a loop without end ends at its time limit and the other samples are scored",
  async (reference) => {
    const scorer = await scorerOf(reference, { timeout: 250 });
    await scorer.setup();
    const started = performance.now();
    const batch = await scorer.score(["a", "spin", "b", "c"].map((completion) => sampleOf(completion)));
    const elapsed = performance.now() - started;
    expect(batch.total).toEqual([1, null, 1, 1]);
    expect(batch.failures[1]?.[0]?.message).toBe('Reward "it" timed out after 250 ms on sample 1 (group "g").');
    // A bound that a busy machine keeps too: it only tells an end from none.
    expect(elapsed).toBeLessThan(5_000);
    await scorer.dispose();
  },
);

test("every thread is replaced after it was killed", async () => {
  const scorer = await scorerOf("./rewards.ts#spin", { timeout: 250, concurrency: 1 });
  const batch = await scorer.score(["spin", "spin", "a", "spin", "b"].map((completion) => sampleOf(completion)));
  expect(batch.total).toEqual([null, null, 1, null, 1]);
  await scorer.dispose();
});

test("a pattern that backtracks for ever is stopped too", async () => {
  const scorer = await scorerOf("./rewards.ts#backtrack", { timeout: 250 });
  const batch = await scorer.score([sampleOf(`${"a".repeat(40)}!`), sampleOf("aaa")]);
  expect(batch.total).toEqual([null, 1]);
  await scorer.dispose();
});

test("isolate runs a reward in another thread, isolate: false keeps it here in spite of a limit", async () => {
  const isolated = await scorerOf("./rewards.ts#where", { isolate: true });
  expect((await isolated.score([sampleOf("a")])).total).toEqual([1]);
  await isolated.dispose();
  const here = await scorerOf("./rewards.ts#where", { isolate: false, timeout: 1_000 });
  expect((await here.score([sampleOf("a")])).total).toEqual([0]);
  await here.dispose();
});

test("an async reward with a limit stays in this thread, also from TypeScript", async () => {
  const scorer = await scorerOf("./rewards.ts#patient", { timeout: 1_000 });
  expect((await scorer.score([sampleOf("a")])).metrics).toEqual([[{ threadId }]]);
  await scorer.dispose();
});

test("a reward that ends its worker or throws in it fails on that sample alone", async () => {
  const scorer = await scorerOf("./rewards.ts#crash", { isolate: true });
  const batch = await scorer.score(["a", "exit", "throw", "b"].map((completion) => sampleOf(completion)));
  expect(batch.total).toEqual([1, null, null, 1]);
  expect(batch.failures[1]?.[0]?.message).toContain("ended its worker, which exited with code 7, on sample 1");
  expect(batch.failures[2]?.[0]?.message).toBe('Reward "it" failed on sample 2 (group "g"): no such table');
  await scorer.dispose();
});

test("columns with their transforms, params, state, seed, log and secrets are in a worker what they are here", async () => {
  const results = [];
  for (const isolate of [true, false]) {
    const logged: string[] = [];
    const scorer = await scorerOf(
      "./rewards.ts#shape",
      { isolate, params: { factor: 2 }, columns: { answer: "solution" } },
      {
        env: { PAVLOV_TEST_TOKEN: "very-secret" },
        seed: 5,
        log: (reward, message) => logged.push(`${reward}: ${message}`),
      },
    );
    const row = { solution: "ab", hidden: 1 };
    const sample = { completion: "c", row, groupId: "g", prompt: "p", finishReason: "stop" as const };
    const batch = await scorer.score([sample, { ...sample, tokenIds: [4] }], { step: 3 });
    await scorer.dispose();
    results.push({ batch, logged });
    expect(logged).toEqual(["it: key [PAVLOV_TEST_TOKEN]", "it: key [PAVLOV_TEST_TOKEN]"]);
    const seen = (rest: readonly string[]) =>
      JSON.stringify(["abab", 3, "p", rest, { factor: 2 }, { factor: 2 }, "[PAVLOV_TEST_TOKEN]"]);
    expect(batch.reasons).toEqual([[seen(["index", "groupId"])], [seen(["tokenIds", "index", "groupId"])]]);
  }
  expect(results[0]).toEqual(results[1]);
});

test("a group reward runs in a worker", async () => {
  const scorer = await scorerOf("./rewards.ts#ranks", { isolate: true });
  expect((await scorer.score(["b", "a"].map((completion) => sampleOf(completion)))).total).toEqual([0.5, 0]);
  await scorer.dispose();
});

test("a composite with a limit runs in a worker as one, and its parts' errors stay errors", async () => {
  const scorer = await scorerOf("./rewards.ts#both", { timeout: 250 });
  const batch = await scorer.score(["a", "spin", "throw"].map((completion) => sampleOf(completion)));
  expect(batch.total).toEqual([1.5, null, null]);
  expect(batch.metrics[0]).toEqual([{ spin: 1, crash: 1 }]);
  expect(batch.failures[1]?.[0]?.message).toContain('Reward "it" timed out after 250 ms on sample 1');
  expect(batch.failures[2]?.[0]?.message).toContain("no such table");
  await scorer.dispose();
});

test("setup and dispose run once in each thread", async () => {
  const file = `${project.folder}/log.txt`;
  const scorer = await scorerOf("./rewards.ts#disposed", { isolate: true, concurrency: 2, params: { file } });
  await scorer.setup();
  await scorer.score([sampleOf("a"), sampleOf("b"), sampleOf("c")]);
  await scorer.dispose();
  expect((await readFile(file, "utf8")).trim().split("\n").toSorted()).toEqual([
    "dispose",
    "dispose",
    "setup",
    "setup",
  ]);
});

test("abort ends a loop without end", async () => {
  const scorer = await scorerOf("./rewards.ts#spin", { isolate: true });
  await scorer.setup();
  const controller = new AbortController();
  const scoring = scorer.score([sampleOf("spin")], { signal: controller.signal });
  setTimeout(() => controller.abort(new Error("enough")), 50);
  await expect(scoring).rejects.toThrow("enough");
  await scorer.dispose();
});

test("what a worker cannot load or set up is said at setup", async () => {
  const scorer = await scorerOf("./rewards.ts#unready", { isolate: true });
  await expect(scorer.setup()).rejects.toThrow('Reward "it" could not be set up in its worker: no database');
  await scorer.dispose();
  const module = new URL(`file://${project.folder}/gone.js`).href;
  const gone = await scorerOf("./rewards.ts#spin", { isolate: true, source: { module, exportName: "spin" } });
  await expect(gone.setup()).rejects.toThrow(/^Reward "it" could not be set up in its worker: Cannot find module/);
  await gone.dispose();
});
