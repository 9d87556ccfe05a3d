import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineReward } from "../define-reward.js";
import { PavlovError } from "../error.js";
import type { ScoreResult } from "../reward.js";
import { common, compositeOf, half, type PartOf, samples, says, scorerOf } from "./composite.test.support.js";
import { createScorer } from "./create-scorer.js";

const returning = (result: unknown) => defineReward({ ...common, name: "odd", score: () => result as ScoreResult });

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
    ["usage that is no object", { score: 1, usage: 3 }, "returned the usage 3, which is not an object of numbers,"],
    ["usage that is no number", { score: 1, usage: { n: "3" } }, 'returned "3" for its usage "n" instead'],
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
      const reward = defineReward({
        ...common,
        name: "odd",
        score: ({ index }) => (index ? 1 : Promise.reject(thrown)),
      });
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

  test.each(["drop", { score: 0 }] as const)(
    "a reward that fails on the whole batch stops all under %o",
    async (onError) => {
      const scorer = scorerOf({ half: { reward: half }, says: { reward: says } }, { onError });
      await expect(scorer.score(samples("fail", "fail", "fail"))).rejects.toThrow(
        'Reward "says" failed on all 3 samples of the batch. The first error: Reward "says" failed on sample 0 (group "g")',
      );
    },
  );

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
    const composite = compositeOf(
      { says: { reward: says } },
      { combine: "says", total: (scores) => scores["says"] ?? null },
    );
    expect((await createScorer(composite).score(samples("skip", "1"))).total).toEqual([null, 1]);
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
    expect(
      (await Promise.all([scorer.score(samples("a")), scorer.score(samples("b"))])).map(({ total }) => total),
    ).toEqual([[0.5], [0.5]]);
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

  test("a setup that never ends does not keep dispose from ending", async () => {
    let aborted = false;
    let begin = () => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const hangs = defineReward({
      ...common,
      name: "hangs",
      setup({ signal }) {
        begin();
        return new Promise<number>(() => signal.addEventListener("abort", () => (aborted = true)));
      },
      score: () => 1,
    });
    const scorer = createScorer(hangs);
    const rejected = expect(scorer.score(samples("a"))).rejects.toThrow("is disposed of");
    await begun;
    await scorer.dispose();
    await rejected;
    expect(aborted).toBe(true);
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
