import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { onTestFinished, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { defineReward } from "../../define-reward.js";
import { common, type PartOf, sampleOf, scorerOf } from "../composite.test.support.js";
import type { ScorerOptions, ScorerSample } from "../types.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-cache-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

/** Completions that the rewards below were called for. */
let calls: string[] = [];
beforeEach(() => (calls = []));

const counting = defineReward({
  ...common,
  name: "counting",
  version: "1",
  cacheable: true,
  columns: z.object({ answer: z.string().optional() }),
  params: z.object({ strict: z.boolean().default(false) }),
  readsIfPresent: ["prompt"],
  score({ completion, index }, { seed }) {
    calls.push(completion);
    if (completion === "fail") throw new Error("cannot read it");
    if (completion === "skip") return null;
    return { score: 0.5, reason: `of ${index}, ${seed}`, metrics: { length: completion.length }, usage: { calls: 1 } };
  },
});

/** Half of the completions' rank in their group. */
const ranking = defineReward({
  ...common,
  name: "ranking",
  version: "1",
  cacheable: true,
  scoreGroup(group) {
    calls.push(group.map(({ completion }) => completion).join());
    return group.map(({ completion }) => (completion === "odd" ? Number.NaN : completion.length / 10));
  },
});

/** A new scorer each time, as in another process. */
async function scored(reward: PartOf["reward"] | PartOf, samples: readonly ScorerSample[], options?: ScorerOptions) {
  const part = "reward" in reward ? reward : { reward };
  const scorer = scorerOf({ part }, { onError: "drop", cache: folder, ...options });
  return scorer.score(samples);
}

const files = async (): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name !== ".gitignore")
    .map((entry) => join(entry.parentPath, entry.name));

describe("results of samples", () => {
  test("are kept with reason and metrics, and come back without what they used up", async () => {
    const first = await scored(counting, [sampleOf("a"), sampleOf("skip")]);
    expect(first.usage).toEqual([[{ calls: 1 }], [undefined]]);
    expect(first.cacheHits).toEqual([[0], [0]]);
    const again = await scored(counting, [sampleOf("skip"), sampleOf("a")], { seed: 7 });
    expect(calls.toSorted()).toEqual(["a", "skip"]);
    expect(again.scores).toEqual([[null], [0.5]]);
    expect(again.reasons).toEqual([[undefined], first.reasons[0]]);
    expect(again.metrics).toEqual([[undefined], [{ length: 1 }]]);
    expect(again.usage).toEqual([[undefined], [undefined]]);
    expect(again.cacheHits).toEqual([[1], [1]]);
  });

  test.each<[string, PartOf, ScorerSample]>([
    ["the completion", { reward: counting, params: { strict: false } }, sampleOf("b", { answer: "x" })],
    ["a column", { reward: counting, params: { strict: false } }, sampleOf("a", { answer: "y" })],
    ["a column's absence", { reward: counting, params: { strict: false } }, sampleOf("a")],
    ["a param", { reward: counting, params: { strict: true } }, sampleOf("a", { answer: "x" })],
    [
      "what it reads",
      { reward: counting, params: { strict: false } },
      { ...sampleOf("a", { answer: "x" }), prompt: "?" },
    ],
    [
      "its version",
      { reward: { ...counting, version: "2" }, params: { strict: false } },
      sampleOf("a", { answer: "x" }),
    ],
    ["its name", { reward: { ...counting, name: "other" }, params: { strict: false } }, sampleOf("a", { answer: "x" })],
  ])("are not used where %s is another", async (_, part, sample) => {
    await scored({ reward: counting, params: { strict: false } }, [sampleOf("a", { answer: "x" })]);
    const { cacheHits } = await scored(part, [sample]);
    expect(cacheHits).toEqual([[0]]);
    expect(calls).toHaveLength(2);
  });

  test("are used whatever columns the reward does not declare, and under whatever name it has in the composite", async () => {
    await scored(counting, [sampleOf("a", { answer: "x", other: 1 })]);
    const mapped = { reward: counting, columns: { answer: "solution" } };
    const { cacheHits } = await scored(mapped, [sampleOf("a", { solution: "x", other: 2 }, "another group")]);
    expect(cacheHits).toEqual([[1]]);
  });

  test("are not kept where the reward failed", async () => {
    for (const _ of [1, 2]) {
      const { failures, scores } = await scored(counting, [sampleOf("fail"), sampleOf("a")]);
      expect(failures[0]?.[0]?.message).toContain("cannot read it");
      expect(scores).toEqual([[null], [0.5]]);
    }
    expect(calls.toSorted()).toEqual(["a", "fail", "fail"]);
    expect(await files()).toHaveLength(1);
  });

  test("without a folder are not kept", async () => {
    for (const _ of [1, 2]) await scorerOf({ part: { reward: counting } }).score([sampleOf("a")]);
    expect(calls).toEqual(["a", "a"]);
    expect(await readdir(folder)).toEqual([]);
  });

  test("of rewards that are not cacheable are not kept", async () => {
    for (const _ of [1, 2]) await scored({ ...counting, cacheable: false }, [sampleOf("a")]);
    expect(calls).toEqual(["a", "a"]);
    expect(await readdir(folder)).toEqual([]);
  });

  test("of a reward whose versions nothing tells apart are not kept, and it says so once", async () => {
    const logged: string[] = [];
    const { version: _, ...nameless } = counting;
    await scored(nameless, [sampleOf("a"), sampleOf("b")], {
      log: (name, message) => logged.push(`${name}: ${message}`),
    });
    expect(logged).toEqual([
      "part: results are not kept: the reward is not imported by reference and names no version",
    ]);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("samples that are the same but for their place", () => {
  const slow = defineReward({
    ...common,
    name: "slow",
    version: "1",
    cacheable: true,
    async score({ completion }) {
      calls.push(completion);
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (completion === "fail") throw new Error("cannot read it");
      return { score: 1, usage: { calls: 1 } };
    },
  });

  test("are scored once while the first is under way", async () => {
    const batch = await scored(slow, [sampleOf("a"), sampleOf("a"), sampleOf("b"), sampleOf("a", {}, "h")]);
    expect(calls.toSorted()).toEqual(["a", "b"]);
    expect(batch.total).toEqual([1, 1, 1, 1]);
    // Whose "a" was first is not said: the two groups are called at the same time.
    const [a, b] = [(batch.cacheHits ?? []).filter((_, index) => index !== 2).flat(), batch.cacheHits?.[2]];
    expect([a.toSorted((one, other) => one - other), b]).toEqual([[0, 1, 1], [0]]);
    expect(batch.usage?.flat().filter((usage) => usage !== undefined)).toEqual([{ calls: 1 }, { calls: 1 }]);
  });

  test("are each scored where the first fails, and each is told its own failure", async () => {
    const batch = await scored(slow, [sampleOf("fail"), sampleOf("a"), sampleOf("fail")]);
    expect(calls.toSorted()).toEqual(["a", "fail", "fail"]);
    expect(batch.failures.map((row) => row[0]?.message)).toEqual([
      'Reward "part" failed on sample 0 (group "g"): cannot read it',
      undefined,
      'Reward "part" failed on sample 2 (group "g"): cannot read it',
    ]);
  });

  test("wait for another session's call, and score alone where that session ends", async () => {
    const scorer = scorerOf({ part: { reward: slow } }, { cache: folder, onError: "drop" });
    await scorer.setup();
    const ended = scorer.begin();
    ended.add([sampleOf("a")]);
    await new Promise((resolve) => setTimeout(resolve, 10));
    const other = scorer.score([sampleOf("a")]);
    ended.abort(new Error("no longer wanted"));
    await expect(ended.finish()).rejects.toThrow("no longer wanted");
    expect((await other).total).toEqual([1]);
  });
});

describe("results of groups", () => {
  test("are kept for the whole group, and one changed member changes it", async () => {
    const group = (...completions: string[]) => completions.map((text) => sampleOf(text));
    const first = await scored(ranking, group("aaa", "b"));
    expect(first.scores).toEqual([[0.3], [0.1]]);
    const again = await scored(ranking, group("aaa", "b"));
    expect(again.scores).toEqual([[0.3], [0.1]]);
    expect(again.cacheHits).toEqual([[1], [1]]);
    await scored(ranking, group("aaa", "bb"));
    expect(calls).toEqual(["aaa,b", "aaa,bb"]);
  });

  test("are not kept where one of them is a failure", async () => {
    const group = [sampleOf("a"), sampleOf("odd")];
    for (const _ of [1, 2]) {
      const { scores } = await scored(ranking, group);
      expect(scores).toEqual([[0.1], [null]]);
    }
    expect(calls).toEqual(["a,odd", "a,odd"]);
  });
});

test("a batch reward is called with the samples alone that have no result yet", async () => {
  const batching = defineReward({
    ...common,
    name: "batching",
    version: "1",
    cacheable: true,
    scoreBatch(samples) {
      calls.push(samples.map(({ completion }) => completion).join());
      return samples.map(({ completion }) => (completion === "odd" ? Number.NaN : completion.length / 10));
    },
  });
  await scored(batching, [sampleOf("a"), sampleOf("bb")]);
  const batch = await scored(
    batching,
    ["ccc", "a", "odd", "ccc", "bb"].map((text) => sampleOf(text)),
  );
  expect(calls.toSorted()).toEqual(["a,bb", "ccc,odd"]);
  expect(batch.scores).toEqual([[0.3], [0.1], [null], [0.3], [0.2]]);
  expect(batch.cacheHits).toEqual([[0], [1], [0], [1], [1]]);
});

describe("files", () => {
  test.each<[string, (path: string) => Promise<void>]>([
    ["cut off", (path) => truncate(path, 40)],
    ["empty", (path) => writeFile(path, "")],
    ["full of zeros", (path) => writeFile(path, Buffer.alloc(200))],
    ["of another shape", (path) => writeFile(path, "[1]")],
    ["changed in one digit", async (path) => writeFile(path, (await readFile(path, "utf8")).replace("0.5", "0.6"))],
  ])("that are %s are ignored and replaced", async (_, damage) => {
    await scored(counting, [sampleOf("a")]);
    const [path] = await files();
    const whole = await readFile(path as string, "utf8");
    await damage(path as string);
    const damaged = await scored(counting, [sampleOf("a")]);
    expect(damaged.cacheHits).toEqual([[0]]);
    expect(damaged.scores).toEqual([[0.5]]);
    expect(await readFile(path as string, "utf8")).toBe(whole);
    expect(await files()).toHaveLength(1);
  });

  test("are nothing that version control keeps", async () => {
    await scored(counting, [sampleOf("a")]);
    expect(await readFile(join(folder, ".gitignore"), "utf8")).toBe("*\n");
  });

  test("hold no secret", async () => {
    const leaking = defineReward({
      ...common,
      name: "leaking",
      version: "1",
      cacheable: true,
      envIfPresent: ["PAVLOV_TEST_TOKEN"],
      score: (_, { env }) => ({ score: 1, reason: `with ${env["PAVLOV_TEST_TOKEN"]}` }),
    });
    const options = { env: { PAVLOV_TEST_TOKEN: "very-secret" } };
    const first = await scored(leaking, [sampleOf("a")], options);
    expect(first.reasons).toEqual([["with [PAVLOV_TEST_TOKEN]"]]);
    expect(await readFile((await files())[0] as string, "utf8")).not.toContain("very-secret");
    expect((await scored(leaking, [sampleOf("a")])).reasons).toEqual(first.reasons);
  });

  test("that cannot be written are done without, and the reward says so once", async () => {
    const logged: string[] = [];
    const cache = join(folder, "file", "inside");
    await writeFile(join(folder, "file"), "in the way");
    const options = { cache, log: (_: string, message: string) => logged.push(message) };
    const { total } = await scored(counting, [sampleOf("a"), sampleOf("b")], options);
    expect(total).toEqual([0.5, 0.5]);
    expect(logged).toEqual([expect.stringMatching(/^results cannot be kept in .*inside: (ENOTDIR|EEXIST)/)]);
  });
});

describe("a reward that is imported", () => {
  const { version: _, ...nameless } = counting;
  const hitsOf = (path: string) => {
    const part = { reward: nameless, source: { module: pathToFileURL(path).href, exportName: "counting" } };
    return async () => (await scored(part, [sampleOf("a")])).cacheHits?.[0]?.[0];
  };
  const write = async (path: string, text: string): Promise<string> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
    return join(folder, path);
  };

  test("from a file of its own loses its results with one changed byte of it, or of a file that it imports", async () => {
    const path = await write("own/mine.js", 'import "./words.js";');
    await write("own/words.js", "// one");
    const hits = hitsOf(path);
    expect([await hits(), await hits()]).toEqual([0, 1]);
    await write("own/mine.js", 'import "./words.js"; ');
    expect([await hits(), await hits()]).toEqual([0, 1]);
    await write("own/words.js", "// two");
    expect([await hits(), await hits()]).toEqual([0, 1]);
    await write("own/mine.js", 'import "./words.js";');
    await write("own/words.js", "// one");
    expect(await hits()).toBe(1);
  });

  test("from a package loses them with its version, and with any file of it", async () => {
    const install = async (place: string, version: string, words: string): Promise<string> => {
      const manifest = JSON.stringify({ name: "pavlov-reward-x", version });
      await write(`${place}/node_modules/pavlov-reward-x/package.json`, manifest);
      await write(`${place}/node_modules/pavlov-reward-x/words.txt`, words);
      return write(`${place}/node_modules/pavlov-reward-x/index.js`, "export {};");
    };
    const first = hitsOf(await install("first", "1.0.0", "one"));
    expect([await first(), await first()]).toEqual([0, 1]);
    expect(await hitsOf(await install("same", "1.0.0", "one"))()).toBe(1);
    expect(await hitsOf(await install("newer", "1.0.1", "one"))()).toBe(0);
    expect(await hitsOf(await install("edited", "1.0.0", "two"))()).toBe(0);
  });
});
