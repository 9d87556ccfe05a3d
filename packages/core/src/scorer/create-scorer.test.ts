import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { defineReward } from "../define-reward.js";
import { PavlovError } from "../error.js";
import type { ScoreResult } from "../reward.js";
import { compositeOf, type PartOf, sampleOf } from "./composite.test.support.js";
import { createScorer } from "./create-scorer.js";
import type { Scorer, ScorerOptions, ScorerSample } from "./types.js";

const common = { description: "For tests.", range: [0, 1] as const };
/** Scores the number that the completion says; "skip" abstains, "fail" throws. */
const says = defineReward({
  ...common,
  name: "says",
  score({ completion }) {
    if (completion === "fail") throw new Error("cannot read it");
    return completion === "skip" ? null : Number(completion);
  },
});
const half = defineReward({ ...common, name: "half", score: () => 0.5 });
const returning = (result: unknown) => defineReward({ ...common, name: "odd", score: () => result as ScoreResult });

const scorers: Scorer[] = [];
afterEach(async () => {
  await Promise.all(scorers.splice(0).map((scorer) => scorer.dispose()));
});

function scorerOf(parts: Readonly<Record<string, PartOf>>, options: ScorerOptions = { onError: "drop" }): Scorer {
  const scorer = createScorer(compositeOf(parts), options);
  scorers.push(scorer);
  return scorer;
}
const samples = (...completions: readonly string[]) => completions.map((completion) => sampleOf(completion));

describe("abstentions", () => {
  test("leave the sum", async () => {
    const batch = await scorerOf({ says: { reward: says, weight: 2 }, half: { reward: half } }).score(
      samples("1", "skip"),
    );
    expect(batch.scores).toEqual([
      [1, 0.5],
      [null, 0.5],
    ]);
    expect(batch.total).toEqual([2.5, 0.5]);
  });

  test("of all rewards make a total of null that is no failure", async () => {
    const batch = await scorerOf({ says: { reward: says } }).score(samples("skip", "1"));
    expect(batch.total).toEqual([null, 1]);
    expect(batch.failures).toEqual([[undefined], [undefined]]);
  });
});

describe("errors under drop", () => {
  test("leave the whole sample unscored, also where another reward scored it", async () => {
    const batch = await scorerOf({ half: { reward: half }, says: { reward: says } }).score(samples("fail", "1"));
    expect(batch.total).toEqual([null, 1.5]);
    expect(batch.scores[0]).toEqual([0.5, null]);
    expect(batch.failures[0]).toEqual([
      undefined,
      { reward: "says", message: 'Reward "says" failed on sample 0 (group "g"): cannot read it' },
    ]);
  });

  test("of a reward of weight 0 are errors too", async () => {
    const batch = await scorerOf({ half: { reward: half }, says: { reward: says, weight: 0 } }).score(
      samples("fail", "1"),
    );
    expect(batch.total).toEqual([null, 0.5]);
    expect(batch.scores[1]).toEqual([0.5, 1]);
  });

  test.each([
    ["NaN", Number.NaN, "returned NaN instead of a finite number"],
    ["infinity", -Infinity, "returned -Infinity instead of a finite number"],
    ["undefined", undefined, "returned undefined instead of a number or null"],
    ["a string", "1", 'returned "1" instead of a number or null'],
    ["true", true, "returned true instead of a number or null"],
    ["an object without a score", { reason: "x" }, 'returned {"reason":"x"}, which has no "score",'],
    ["a score over the range", 1.5, "returned 1.5, outside its range [0, 1],"],
    ["a score under the range", { score: -0.1 }, "returned -0.1, outside its range [0, 1],"],
    ["just over the tolerance", 1 + 2e-9, "returned 1.000000002, outside its range [0, 1],"],
    ["a reason that is no text", { score: 1, reason: 3 }, "returned the reason 3, which is not text,"],
    ["a metric that is no number", { score: 1, metrics: { n: Number.NaN } }, 'returned NaN for its metric "n" instead'],
  ])("%s is one, and names reward, sample and value", async (_, result, message) => {
    const scorer = scorerOf({ odd: { reward: returning(result) } }, { onError: "fail" });
    const rejection = await scorer.score(samples("a")).catch((thrown: unknown) => thrown);
    expect(PavlovError.isInstance(rejection)).toBe(true);
    expect((rejection as Error).message).toContain(`Reward "odd" ${message}`);
    expect((rejection as Error).message).toContain('on sample 0 (group "g").');
  });

  test("a score inside the tolerance is none", async () => {
    for (const score of [1 + 5e-10, -5e-10]) {
      expect((await scorerOf({ odd: { reward: returning(score) } }).score(samples("a"))).total).toEqual([score]);
    }
  });

  test("an unbounded side of the range bounds nothing", async () => {
    const low = defineReward({ ...common, name: "low", range: [null, 0], score: () => -1e12 });
    expect((await scorerOf({ low: { reward: low } }).score(samples("a"))).total).toEqual([-1e12]);
  });

  test("rejections are errors, whatever is thrown", async () => {
    for (const thrown of [new Error("no"), "no", Object.create(null), undefined]) {
      const reward = defineReward({ ...common, name: "odd", score: ({ index }) => (index ? 1 : Promise.reject(thrown)) });
      const batch = await scorerOf({ odd: { reward } }).score(samples("a", "b"));
      expect(batch.total).toEqual([null, 1]);
    }
  });
});

describe("policies", () => {
  test("fail is the default, and rejects", async () => {
    await expect(scorerOf({ says: { reward: says } }, {}).score(samples("1", "fail"))).rejects.toThrow(
      'Reward "says" failed on sample 1 (group "g"): cannot read it',
    );
  });

  test("a reward's own policy wins over the scorer's", async () => {
    const dropped = scorerOf({ says: { reward: says, onError: "drop" } }, { onError: "fail" });
    expect((await dropped.score(samples("fail", "1"))).total).toEqual([null, 1]);
    const failing = scorerOf({ says: { reward: says, onError: "fail" } }, { onError: "drop" });
    await expect(failing.score(samples("fail", "1"))).rejects.toThrow("cannot read it");
  });

  test("a score stands in and the error is still told", async () => {
    const batch = await scorerOf({ half: { reward: half }, says: { reward: says, onError: { score: 0.25 } } }).score(
      samples("fail", "1"),
    );
    expect(batch.total).toEqual([0.75, 1.5]);
    expect(batch.scores[0]).toEqual([0.5, 0.25]);
    expect(batch.failures[0]?.[1]?.message).toContain("cannot read it");
  });

  test.each(["drop", { score: 0 }] as const)("a reward that fails on the whole batch stops all under %o", async (onError) => {
    const scorer = scorerOf({ half: { reward: half }, says: { reward: says } }, { onError });
    await expect(scorer.score(samples("fail", "fail", "fail"))).rejects.toThrow(
      'Reward "says" failed on all 3 samples of the batch. The first error: Reward "says" failed on sample 0 (group "g")',
    );
  });

  test("settings that cannot be honoured are refused at once", () => {
    const refuse = (part: Partial<PartOf>) => () => scorerOf({ says: { reward: says, ...part } });
    expect(refuse({ onError: { score: Number.NaN } })).toThrow('onError {"score":null}');
    expect(refuse({ timeout: 0 })).toThrow("has timeout 0: it must be");
    expect(refuse({ concurrency: 1.5 })).toThrow("has concurrency 1.5: it must be");
    expect(refuse({ retries: -1 })).toThrow("has retries -1: it must be");
  });
});

describe("totals", () => {
  test("that are not finite leave the sample unscored, or reject under fail", async () => {
    const composite = compositeOf(
      { says: { reward: says } },
      { combine: "1 / says", total: ({ says: score }) => 1 / (score ?? 1) },
    );
    const dropping = createScorer(composite, { onError: "drop" });
    expect(dropping.combined).toBe(true);
    const batch = await dropping.score(samples("0", "0.5"));
    expect(batch.total).toEqual([null, 2]);
    expect(batch.totalFailures?.[0]?.message).toContain("combined says 0 to Infinity instead of a finite number");
    await expect(dropping.score(samples("0", "0"))).rejects.toThrow("No sample of the batch has a total.");
    await expect(createScorer(composite).score(samples("0", "1"))).rejects.toThrow("to Infinity");
  });

  test("an expression gets an abstention as null and may abstain itself", async () => {
    const composite = compositeOf({ says: { reward: says } }, { combine: "says", total: (scores) => scores["says"] ?? null });
    expect((await createScorer(composite).score(samples("skip", "1"))).total).toEqual([null, 1]);
  });
});

describe("columns", () => {
  const answers = z.object({ answer: z.string().transform((text) => text.trim()), level: z.number().default(2) });
  const seen: object[] = [];
  const reader = defineReward({
    ...common,
    name: "reader",
    columns: answers,
    score(sample) {
      seen.push(sample);
      return 1;
    },
  });
  const row = { solution: " 42 ", answer: "the wrong one", secret: "s" };

  test("are mapped, validated and nothing else is seen", async () => {
    seen.length = 0;
    const scorer = scorerOf({ reader: { reward: reader, columns: { answer: "solution" } } });
    await scorer.score([
      { completion: "c", row, groupId: "g1", prompt: "p", tokenIds: [1], finishReason: "stop" },
    ]);
    expect(seen).toEqual([{ completion: "c", columns: { answer: "42", level: 2 }, index: 0, groupId: "g1" }]);
  });

  test("that are missing or invalid are errors that name both columns and the value", async () => {
    const scorer = scorerOf({ reader: { reward: reader, columns: { answer: "solution" } } });
    const batch = await scorer.score([
      { completion: "a", row: {}, groupId: "g" },
      { completion: "b", row: { solution: 42 }, groupId: "h" },
      { completion: "c", row, groupId: "i" },
    ]);
    expect(batch.total).toEqual([null, null, 1]);
    expect(batch.failures[0]?.[0]?.message).toBe(
      'Reward "reader" cannot score sample 0 (group "g"): the row has no column "solution" (the reward\'s "answer").',
    );
    expect(batch.failures[1]?.[0]?.message).toMatch(/column "solution" \(the reward's "answer"\) is 42: .*expected string/);
  });

  test("of the prototype are never found", async () => {
    const columns = { answer: "constructor" };
    const batch = await scorerOf({ reader: { reward: reader, columns } }).score([
      { completion: "a", row: {}, groupId: "g" },
      { completion: "b", row: { constructor: "own" }, groupId: "h" },
    ]);
    expect(batch.total).toEqual([null, 1]);
    expect(batch.failures[0]?.[0]?.message).toContain('the row has no column "constructor"');
  });

  test("are validated once for each row, and samples do not share changes", async () => {
    let validations = 0;
    const changing = defineReward({
      ...common,
      name: "changing",
      columns: z.object({ n: z.number().transform((n) => (validations++, n)) }),
      score({ columns }) {
        const score = columns.n;
        columns.n = 1;
        return score;
      },
    });
    const shared = { n: 0 };
    const batch = await scorerOf({ changing: { reward: changing } }).score(
      ["a", "b", "c"].map((completion) => sampleOf(completion, shared)),
    );
    expect(batch.total).toEqual([0, 0, 0]);
    expect(validations).toBe(1);
  });

  test("may be validated asynchronously", async () => {
    const patient = defineReward({
      ...common,
      name: "patient",
      columns: z.object({ n: z.number().refine(async (n) => n < 2, "too big") }),
      score: ({ columns }) => columns.n,
    });
    const batch = await scorerOf({ patient: { reward: patient } }).score([
      sampleOf("a", { n: 1 }),
      sampleOf("b", { n: 3 }, "h"),
    ]);
    expect(batch.total).toEqual([1, null]);
    expect(batch.failures[1]?.[0]?.message).toContain('column "n" is 3: too big');
  });

  test("a reward that changes the row of the dataset does not", async () => {
    const rude = defineReward({
      ...common,
      name: "rude",
      columns: z.object({ n: z.number() }),
      score: ({ columns }) => (columns.n = 1),
    });
    const own = Object.freeze({ n: 0.5 });
    await scorerOf({ rude: { reward: rude } }).score([sampleOf("a", own)]);
    expect(own).toEqual({ n: 0.5 });
  });
});

describe("reads", () => {
  const reader = defineReward({
    ...common,
    name: "reader",
    reads: ["messages", "tokenIds", "finishReason", "step"],
    score: (sample) => ({ score: 1, reason: JSON.stringify(sample) }),
  });
  const sample: ScorerSample = { ...sampleOf("c"), prompt: "p", tokenIds: [1, 2], finishReason: "length" };

  test("add only what is named", async () => {
    const batch = await scorerOf({ reader: { reward: reader } }).score([sample], { step: 7 });
    expect(JSON.parse(batch.reasons[0]?.[0] ?? "")).toEqual({
      messages: [{ role: "user", content: "p" }],
      tokenIds: [1, 2],
      finishReason: "length",
      step: 7,
      completion: "c",
      columns: {},
      index: 0,
      groupId: "g",
    });
  });

  test("what the sample lacks is an error", async () => {
    const scorer = scorerOf({ reader: { reward: reader } }, { onError: "fail" });
    await expect(scorer.score([sampleOf("c")])).rejects.toThrow(
      'Reward "reader" reads "messages", which sample 0 (group "g") does not have.',
    );
  });
});

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
    for (const [result, shown] of [[[1], "a list of 1"], ["ab", '"ab"']] as const) {
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
  });

  test("of an asynchronous reward end at its time limit, and its signal is aborted", async () => {
    const reasons: unknown[] = [];
    const hangs = defineReward({
      ...common,
      name: "hangs",
      async score({ completion }, { signal }) {
        if (completion === "a") await new Promise(() => signal.addEventListener("abort", () => reasons.push(signal.reason)));
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
      const batch = await scorerOf({ dice: { reward: dice } }, { seed }).score(samples(..."abc".slice(0, count)), { step });
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
    const scorer = scorerOf({ asks: { reward: asks, timeout: 20 } }, { onError: "drop", fetch: fetch as typeof globalThis.fetch });
    await expect(scorer.score(samples("a"))).rejects.toThrow("timed out after 20 ms");
    expect(signals[0]?.aborted).toBe(true);
  });
});

describe("environment", () => {
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
      { onError: "drop", env: { JUDGE_KEY: "sk-$&-123456", OTHER: "x" }, log: (name, text) => logged.push(`${name}: ${text}`) },
    );
    const batch = await scorer.score(samples("leak", "fine"));
    expect(logged).toEqual(["judge: key [JUDGE_KEY] of 1", "judge: key [JUDGE_KEY] of 1"]);
    expect(batch.reasons[1]).toEqual(["with [JUDGE_KEY]"]);
    expect(batch.failures[0]?.[0]?.message).toContain("401 for [JUDGE_KEY]");
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

describe("setup and dispose", () => {
  test("run once, with the state handed to every call", async () => {
    const events: string[] = [];
    const stateful = defineReward({
      ...common,
      name: "stateful",
      params: z.object({ to: z.number().default(1) }),
      setup({ params }) {
        events.push("setup");
        return { score: params.to };
      },
      dispose: ({ score }) => void events.push(`dispose ${score}`),
      score: (_, { state }) => state.score,
    });
    const scorer = scorerOf({ stateful: { reward: stateful, params: { to: 0.5 } } });
    expect((await Promise.all([scorer.score(samples("a")), scorer.score(samples("b"))])).map(({ total }) => total)).toEqual([
      [0.5],
      [0.5],
    ]);
    await Promise.all([scorer.dispose(), scorer.dispose()]);
    expect(events).toEqual(["setup", "dispose 0.5"]);
    await expect(scorer.score(samples("a"))).rejects.toThrow("is disposed of");
  });

  test("where one reward's setup fails, those that did start are disposed of", async () => {
    const events: string[] = [];
    const fine = defineReward({ ...common, name: "fine", dispose: () => void events.push("disposed"), score: () => 1 });
    const unready = defineReward({
      ...common,
      name: "unready",
      setup: () => Promise.reject(new Error("no database")),
      dispose: () => void events.push("disposed what never was"),
      score: () => 1,
    });
    const scorer = scorerOf({ fine: { reward: fine }, unready: { reward: unready } });
    await expect(scorer.score(samples("a"))).rejects.toThrow('Reward "unready" could not be set up: no database');
    await scorer.dispose();
    expect(events).toEqual(["disposed"]);
  });

  test("a reward alone is scored under its own name with default params", async () => {
    const withDefault = defineReward({
      ...common,
      name: "with-default",
      params: z.object({ to: z.number().default(0.25) }),
      score: (_, { params }) => params.to,
    });
    const scorer = createScorer(withDefault);
    expect(scorer.names).toEqual(["with-default"]);
    expect((await scorer.score(samples("a"))).total).toEqual([0.25]);
    const needs = defineReward({ ...common, name: "needs", params: z.object({ to: z.number() }), score: () => 1 });
    expect(() => createScorer(needs)).toThrow('Reward "needs" needs params (to:');
  });
});

describe("nested composites", () => {
  const equals = defineReward({
    ...common,
    name: "equals",
    columns: z.object({ answer: z.string() }),
    score: ({ completion, columns }) => ({ score: completion === columns.answer ? 1 : 0, metrics: { tries: 2 } }),
  });
  const inner = (part: Partial<PartOf> = {}) =>
    compositeOf({
      says: { reward: says, ...part },
      equals: { reward: equals, columns: { answer: "gold" }, weight: 0.5 },
    });
  const rows = (...completions: readonly string[]) =>
    completions.map((completion) => sampleOf(completion, { solution: "1" }));

  test("add up, map columns through both mappings and show their parts as metrics", async () => {
    const scorer = scorerOf({ inner: { reward: inner(), columns: { gold: "solution" }, weight: 2 }, half: { reward: half } });
    const batch = await scorer.score(rows("1", "skip"));
    expect(batch.names).toEqual(["inner", "half"]);
    expect(batch.total).toEqual([3.5, 0.5]);
    expect(batch.metrics[0]?.[0]).toEqual({ says: 1, equals: 0.5 * 2, "equals/tries": 2 });
  });

  test("a part's failure stays a failure", async () => {
    const part = { columns: { gold: "solution" } };
    const batch = await scorerOf({ inner: { reward: inner(), ...part } }).score(rows("fail", "1"));
    expect(batch.total).toEqual([null, 1.5]);
    expect(batch.failures[0]?.[0]).toEqual({
      reward: "inner/says",
      message: 'Reward "inner/says" failed on sample 0 (group "g"): cannot read it',
    });
  });

  test("policies count from the inside out", async () => {
    const part = { columns: { gold: "solution" } };
    const scoreOf = async (outer: Partial<PartOf>, own: Partial<PartOf>, options?: ScorerOptions) =>
      (await scorerOf({ inner: { reward: inner(own), ...part, ...outer } }, options).score(rows("fail", "1"))).total;
    expect(await scoreOf({}, { onError: { score: 0.5 } })).toEqual([0.5, 1.5]);
    expect(await scoreOf({ onError: { score: 0.125 } }, {})).toEqual([0.125, 1.5]);
    expect(await scoreOf({}, { onError: "drop" }, { onError: "fail" })).toEqual([null, 1.5]);
    await expect(scoreOf({ onError: "fail" }, {})).rejects.toThrow("cannot read it");
    await expect(scoreOf({ onError: "fail" }, { onError: "drop" })).rejects.toThrow("cannot read it");
  });

  test("hand their limits down", () => {
    expect(() => scorerOf({ inner: { reward: inner(), timeout: 50 } })).toThrow(
      'Reward "inner/says" has a time limit of 50 ms',
    );
  });
});
