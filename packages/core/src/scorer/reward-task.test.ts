import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineReward } from "../define-reward.js";
import { errorMessage, PavlovError } from "../error.js";
import { common, sampleOf, samples, says, scorerOf } from "./composite.test.support.js";

describe("group and batch rewards", () => {
  const ranks = defineReward({
    ...common,
    name: "ranks",
    scoreGroup: (group) => group.map(({ completion }) => (completion === "x" ? Number.NaN : 1 / group.length)),
  });
  const calls: string[] = [];
  const everything = defineReward({
    ...common,
    name: "everything",
    columns: z.object({ n: z.number() }),
    scoreBatch(all) {
      calls.push(all.map(({ completion }) => completion).join(""));
      return all.map(() => 1);
    },
  });

  test("a group reward gets the samples of one prompt, wherever they stand", async () => {
    const batch = await scorerOf({ ranks: { reward: ranks } }).score([
      sampleOf("a", {}, "g"),
      sampleOf("b", {}, "h"),
      sampleOf("c", {}, "g"),
    ]);
    expect(batch.total).toEqual([0.5, 1, 0.5]);
  });

  test("a bad score in a list is that sample's error alone", async () => {
    expect((await scorerOf({ ranks: { reward: ranks } }).score(samples("a", "x"))).total).toEqual([0.5, null]);
  });

  test("an error in a list is that sample's failure alone, with its hint", async () => {
    const picky = defineReward({
      ...common,
      name: "picky",
      scoreBatch: (all) =>
        all.map(({ completion }) =>
          completion === "x" ? new PavlovError("It cannot be read.", { hint: "Leave it out." }) : 1,
        ),
    });
    const batch = await scorerOf({ picky: { reward: picky } }).score(samples("a", "x", "b"));
    expect(batch.total).toEqual([1, null, 1]);
    expect(batch.failures[1]?.[0]?.message).toBe(
      'Reward "picky" failed on sample 1 (group "g"): It cannot be read. Leave it out.',
    );
  });

  test("a batch reward is called once, without the samples whose columns are invalid", async () => {
    const batch = await scorerOf({ everything: { reward: everything } }).score([
      sampleOf("a", { n: 1 }, "g"),
      sampleOf("b", {}, "h"),
      sampleOf("c", { n: 1 }, "i"),
    ]);
    expect(calls).toEqual(["ac"]);
    expect(batch.total).toEqual([1, null, 1]);
  });

  test("an empty batch calls nothing", async () => {
    calls.length = 0;
    expect((await scorerOf({ everything: { reward: everything } }).score([])).total).toEqual([]);
    expect(calls).toEqual([]);
  });

  test("a list of the wrong length, or none, is an error of every sample in it", async () => {
    for (const [result, shown] of [
      [[1], "a list of 1"],
      ["ab", '"ab"'],
    ] as const) {
      const short = defineReward({ ...common, name: "short", scoreGroup: () => result as never });
      const message = `Reward "short" returned ${shown} from scoreGroup for 2 samples: one result per sample is needed`;
      await expect(scorerOf({ short: { reward: short } }).score(samples("a", "b"))).rejects.toThrow(message);
    }
  });
});

describe("calls", () => {
  test("are tried again as often as asked", async () => {
    let tries = 0;
    const flaky = defineReward({
      ...common,
      name: "flaky",
      async score() {
        if (++tries < 3) throw new Error(`try ${tries}`);
        return 1;
      },
    });
    expect((await scorerOf({ flaky: { reward: flaky, retries: 2 } }).score(samples("a"))).total).toEqual([1]);
    tries = 0;
    await expect(scorerOf({ flaky: { reward: flaky, retries: 1 } }).score(samples("a"))).rejects.toThrow("try 2");
  });

  test("run at the same time up to the reward's concurrency", async () => {
    let running = 0;
    let most = 0;
    const slow = defineReward({
      ...common,
      name: "slow",
      async score() {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running--;
        return 1;
      },
    });
    await scorerOf({ slow: { reward: slow, concurrency: 3 } }).score(samples(..."abcdefgh"));
    expect(most).toBe(3);
    most = 0;
    await scorerOf({ slow: { reward: slow } }).score(samples(..."a".repeat(70)));
    expect(most).toBe(64);
  });

  test("of a plain function that returns promises too, whatever answers at once in between", async () => {
    let running = 0;
    let most = 0;
    const slow = defineReward({
      ...common,
      name: "slow",
      score({ completion }) {
        if (completion === "now") return 0.5;
        most = Math.max(most, ++running);
        return new Promise<number>((resolve) => setTimeout(() => resolve(running-- > 0 ? 1 : 0), 5));
      },
    });
    const batch = await scorerOf({ slow: { reward: slow, concurrency: 2 } }).score(samples("a", "b", "now", "c", "d"));
    expect(most).toBe(2);
    expect(batch.total).toEqual([1, 1, 0.5, 1, 1]);
  });

  test("that wait are given up without a word more when a sample of their group fails at once", async () => {
    const mixed = defineReward({
      ...common,
      name: "mixed",
      score: ({ completion }, { signal }) =>
        completion === "bad"
          ? Number.NaN
          : new Promise<number>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
    });
    const scorer = scorerOf({ mixed: { reward: mixed, concurrency: 2 } }, { onError: "fail" });
    await expect(scorer.score(samples("a", "bad", "b", "c"))).rejects.toThrow('Reward "mixed" returned NaN');
  });

  test("have metrics of any name kept, and no others refused", async () => {
    const odd = JSON.parse('{"__proto__": 2, "fine": 1}') as Record<string, number>;
    const reward = defineReward({ ...common, name: "odd", score: () => ({ score: 1, metrics: odd }) });
    const [[metrics]] = (await scorerOf({ odd: { reward } }).score(samples("a"))).metrics as [[object]];
    expect(Object.entries(metrics)).toEqual([
      ["__proto__", 2],
      ["fine", 1],
    ]);
    const wrong = defineReward({
      ...common,
      name: "wrong",
      score: () => ({ score: 1, metrics: { ...odd, text: "1" as unknown as number } }),
    });
    await expect(scorerOf({ wrong: { reward: wrong } }).score(samples("a"))).rejects.toThrow(
      'returned "1" for its metric "text" instead of a finite number',
    );
  });

  test("of an asynchronous reward end at its time limit, and its signal is aborted", async () => {
    const reasons: unknown[] = [];
    const hangs = defineReward({
      ...common,
      name: "hangs",
      async score({ completion }, { signal }) {
        if (completion === "a")
          await new Promise(() => signal.addEventListener("abort", () => reasons.push(signal.reason)));
        return 1;
      },
    });
    const batch = await scorerOf({ hangs: { reward: hangs, timeout: 30, concurrency: 1 } }).score(samples("a", "b"));
    expect(batch.total).toEqual([null, 1]);
    expect(batch.failures[0]?.[0]?.message).toBe('Reward "hangs" timed out after 30 ms on sample 0 (group "g").');
    expect(String(reasons[0])).toBe("TimeoutError: timed out after 30 ms");
  });

  test("a time limit or isolation of an inline synchronous reward is refused with what to do", () => {
    expect(() => scorerOf({ says: { reward: says, timeout: 100 } })).toThrow(
      'Reward "says" has a time limit of 100 ms and is not declared async, so only a worker thread can stop it, but it ' +
        "is defined inline, and a worker can only import a reward from a module: export it from a file and refer to it " +
        'as "./rewards/says.ts#says".',
    );
    expect(() => scorerOf({ says: { reward: says, isolate: true } })).toThrow("is to run in a worker thread (isolate)");
  });

  test("get a seed that depends on seed, step and index alone", async () => {
    const dice = defineReward({ ...common, name: "dice", score: (_, { seed }) => ({ score: 1, metrics: { seed } }) });
    const draw = async (seed: number, step: number, count: number) => {
      const batch = await scorerOf({ dice: { reward: dice } }, { seed }).score(samples(..."abc".slice(0, count)), {
        step,
      });
      return batch.metrics.map(([metrics]) => metrics?.["seed"]);
    };
    const base = await draw(1, 1, 3);
    expect(await draw(1, 1, 2)).toEqual(base.slice(0, 2));
    expect(new Set([...base, ...(await draw(1, 2, 3)), ...(await draw(2, 1, 3))]).size).toBe(9);
  });

  test("get a fetch that ends with the call", async () => {
    const signals: (AbortSignal | null | undefined)[] = [];
    const fetch = (_: unknown, init?: RequestInit) => {
      signals.push(init?.signal);
      return new Promise<Response>((_resolve, reject) => {
        init?.signal?.addEventListener("abort", () => reject(init.signal?.reason as Error));
      });
    };
    const asks = defineReward({
      ...common,
      name: "asks",
      async score(_, context) {
        await context.fetch("https://judge.example");
        return 1;
      },
    });
    const scorer = scorerOf(
      { asks: { reward: asks, timeout: 20 } },
      { onError: "drop", fetch: fetch as typeof globalThis.fetch },
    );
    await expect(scorer.score(samples("a"))).rejects.toThrow("timed out after 20 ms");
    expect(signals[0]?.aborted).toBe(true);
  });
});

describe("environment", () => {
  test("what a reward can do without is given where it is set, and kept out of messages all the same", async () => {
    const reward = defineReward({
      ...common,
      name: "token",
      envIfPresent: ["OPTIONAL_TOKEN"],
      score(_, { env }) {
        throw new Error(`with ${env["OPTIONAL_TOKEN"] ?? "nothing"}`);
      },
    });
    const messageWith = async (env: Readonly<Record<string, string>>) => {
      const scorer = scorerOf({ token: { reward } }, { env, onError: "fail" });
      return errorMessage(await scorer.score(samples("a")).catch((thrown: unknown) => thrown));
    };
    expect(await messageWith({})).toContain("with nothing");
    expect(await messageWith({ OPTIONAL_TOKEN: "" })).toContain("with nothing");
    expect(await messageWith({ OPTIONAL_TOKEN: "sk-123456" })).toContain("with [OPTIONAL_TOKEN]");
  });

  const judge = defineReward({
    ...common,
    name: "judge",
    env: ["JUDGE_KEY"],
    score({ completion }, { env, log }) {
      log(`key ${env["JUDGE_KEY"]} of ${Object.keys(env).length}`);
      if (completion === "leak") throw new Error(`401 for ${env["JUDGE_KEY"]}`);
      return { score: 1, reason: `with ${env["JUDGE_KEY"]}` };
    },
  });

  test("a variable that is not set is said at setup", async () => {
    const scorer = scorerOf({ judge: { reward: judge } }, { env: { OTHER: "x" } });
    await expect(scorer.setup()).rejects.toThrow(
      'Reward "judge" needs the environment variable JUDGE_KEY, which is not set: set it.',
    );
  });

  test("secrets reach neither logs nor reasons nor errors", async () => {
    const logged: string[] = [];
    const scorer = scorerOf(
      { judge: { reward: judge } },
      {
        onError: "drop",
        env: { JUDGE_KEY: "sk-$&-123456", OTHER: "x" },
        log: (name, text) => logged.push(`${name}: ${text}`),
      },
    );
    const batch = await scorer.score(samples("leak", "fine"));
    expect(logged).toEqual(["judge: key [JUDGE_KEY] of 1", "judge: key [JUDGE_KEY] of 1"]);
    expect(batch.reasons[1]).toEqual(["with [JUDGE_KEY]"]);
    expect(batch.failures[0]?.[0]?.message).toContain("401 for [JUDGE_KEY]");
  });

  test("an error of setup says what to do", async () => {
    const unready = defineReward({
      ...common,
      name: "unready",
      setup() {
        throw new PavlovError("There is no such program.", { hint: "Install it." });
      },
      score: () => 1,
    });
    await expect(scorerOf({ unready: { reward: unready } }).setup()).rejects.toThrow(
      'Reward "unready" could not be set up: There is no such program. Install it.',
    );
  });

  test("an error of setup and its cause hold no secret", async () => {
    const unready = defineReward({
      ...common,
      name: "unready",
      env: ["JUDGE_KEY"],
      setup({ env }) {
        throw new Error(`refused ${env["JUDGE_KEY"]}`);
      },
      score: () => 1,
    });
    const scorer = scorerOf({ unready: { reward: unready } }, { env: { JUDGE_KEY: "sk-123456" } });
    const rejection = (await scorer.setup().catch((thrown: unknown) => thrown)) as Error;
    expect(rejection.message).toBe('Reward "unready" could not be set up: refused [JUDGE_KEY]');
    expect(rejection.cause).toBeUndefined();
  });
});
