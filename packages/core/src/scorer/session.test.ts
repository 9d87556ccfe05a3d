import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineReward } from "../define-reward.js";
import { compositeOf, sampleOf } from "./composite.test.support.js";
import { createScorer } from "./create-scorer.js";

const common = { description: "For tests.", range: [0, 1] as const };
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("a session", () => {
  test("starts sample and group rewards when a group arrives, and batch rewards at the end", async () => {
    const events: string[] = [];
    const sample = defineReward({
      ...common,
      name: "sample",
      score({ completion, index }) {
        events.push(`sample ${completion} ${index}`);
        return 1;
      },
    });
    const group = defineReward({
      ...common,
      name: "group",
      scoreGroup(all) {
        events.push(`group ${all.map(({ index }) => index)}`);
        return all.map(() => 1);
      },
    });
    const batch = defineReward({
      ...common,
      name: "batch",
      scoreBatch(all) {
        events.push(`batch ${all.map(({ index }) => index)}`);
        return all.map(() => 1);
      },
    });
    const scorer = createScorer(
      compositeOf({ sample: { reward: sample }, group: { reward: group }, batch: { reward: batch } }),
    );
    await scorer.setup();
    const session = scorer.begin();
    session.add([sampleOf("a"), sampleOf("b")]);
    for (let waited = 0; waited < 5; waited++) await turn();
    expect(events.toSorted()).toEqual(["group 0,1", "sample a 0", "sample b 1"]);
    session.add([sampleOf("c", {}, "h")]);
    const result = await session.finish();
    expect(events.slice(3).toSorted()).toEqual(["batch 0,1,2", "group 2", "sample c 2"]);
    expect(result.total).toEqual([3, 3, 3]);
    expect(await session.finish()).toBe(result);
    expect(() => session.add([sampleOf("d")])).toThrow("already finished");
  });

  test("gives samples the places that are named, whatever order their groups come in", async () => {
    const seen: string[] = [];
    const own = defineReward({
      ...common,
      name: "own",
      score({ completion, index }) {
        seen.push(`${completion} ${index}`);
        return completion === "c" ? Number.NaN : Number(completion === "a");
      },
    });
    const all = defineReward({
      ...common,
      name: "all",
      scoreBatch: (samples) => samples.map(({ completion }) => (completion === "d" ? 1 : 0)),
    });
    const scorer = createScorer(compositeOf({ own: { reward: own }, all: { reward: all } }), { onError: "drop" });
    const session = scorer.begin();
    session.add([sampleOf("c", {}, "h"), sampleOf("d", {}, "h")], 2);
    session.add([sampleOf("a"), sampleOf("b")], 0);
    const { scores, failures } = await session.finish();
    expect(seen.toSorted()).toEqual(["a 0", "b 1", "c 2", "d 3"]);
    expect(scores).toEqual([
      [1, 0],
      [0, 0],
      [null, 0],
      [0, 1],
    ]);
    expect(failures[2]?.[0]?.message).toContain('NaN instead of a finite number on sample 2 (group "h")');
  });

  test("refuses a place that is taken and a batch with an empty place", async () => {
    const fine = defineReward({ ...common, name: "fine", score: () => 1 });
    const session = createScorer(fine).begin();
    session.add([sampleOf("a")], 1);
    expect(() => session.add([sampleOf("b")], 1)).toThrow("Sample 1 was added to a scoring session twice.");
    await expect(session.finish()).rejects.toThrow("Sample 0 was never added to the scoring session");
  });

  test("tells of a failure under fail before finish", async () => {
    const fails = defineReward({ ...common, name: "fails", score: () => Number.NaN });
    const session = createScorer(fails).begin();
    const told = new Promise((resolve) => session.signal.addEventListener("abort", resolve));
    session.add([sampleOf("a")]);
    await told;
    expect(String(session.signal.reason)).toContain('Reward "fails" returned NaN');
  });

  test("stops running rewards when it is aborted, and leaves the scorer fit for the next", async () => {
    let stopped = false;
    const sometimes = defineReward({
      ...common,
      name: "sometimes",
      score: ({ completion }, { signal }) =>
        completion === "hang" ? new Promise<number>(() => signal.addEventListener("abort", () => (stopped = true))) : 1,
    });
    const scorer = createScorer(sometimes);
    await scorer.setup();
    const session = scorer.begin();
    session.add([sampleOf("hang")]);
    for (let waited = 0; waited < 5; waited++) await turn();
    session.abort(new Error("generation failed"));
    expect(stopped).toBe(true);
    await expect(session.finish()).rejects.toThrow("generation failed");
    expect((await scorer.score([sampleOf("a")])).total).toEqual([1]);
  });

  test("keeps a failure for finish, and then rejects", async () => {
    const fails = defineReward({ ...common, name: "fails", score: () => Number.NaN });
    const session = createScorer(fails).begin();
    session.add([sampleOf("a")]);
    for (let waited = 0; waited < 5; waited++) await turn();
    session.add([sampleOf("b")]);
    await expect(session.finish()).rejects.toThrow('Reward "fails" returned NaN');
  });

  test("stops the other rewards when one fails under fail", async () => {
    let stopped = false;
    const waits = defineReward({
      ...common,
      name: "waits",
      score: (_, { signal }) => new Promise<number>(() => signal.addEventListener("abort", () => (stopped = true))),
    });
    const fails = defineReward({ ...common, name: "fails", score: () => Number.NaN });
    const scorer = createScorer(compositeOf({ waits: { reward: waits }, fails: { reward: fails } }));
    await expect(scorer.score([sampleOf("a")])).rejects.toThrow('Reward "fails" returned NaN');
    expect(stopped).toBe(true);
  });

  test("rejects at once when it is aborted, even where a reward never answers", async () => {
    const hangs = defineReward({ ...common, name: "hangs", score: () => new Promise<number>(() => {}) });
    const scorer = createScorer(hangs);
    const controller = new AbortController();
    const scoring = scorer.score([sampleOf("a"), sampleOf("b")], { signal: controller.signal });
    await turn();
    controller.abort(new Error("enough"));
    await expect(scoring).rejects.toThrow("enough");
    await expect(scorer.score([sampleOf("a")], { signal: controller.signal })).rejects.toThrow("enough");
  });

  test("rejects when its scorer is disposed of", async () => {
    const hangs = defineReward({ ...common, name: "hangs", score: () => new Promise<number>(() => {}) });
    const scorer = createScorer(hangs);
    const scoring = scorer.score([sampleOf("a")]);
    const rejected = expect(scoring).rejects.toThrow('The scorer of "hangs" is disposed of.');
    await turn();
    await scorer.dispose();
    await rejected;
  });

  test("aborting a session leaves the scorer fit for the next", async () => {
    const sometimes = defineReward({
      ...common,
      name: "sometimes",
      score: ({ completion }) => (completion === "hang" ? new Promise<number>(() => {}) : 1),
    });
    const scorer = createScorer(compositeOf({ sometimes: { reward: sometimes, concurrency: 1 } }));
    const controller = new AbortController();
    const scoring = scorer.score([sampleOf("hang")], { signal: controller.signal });
    await turn();
    controller.abort(new Error("enough"));
    await expect(scoring).rejects.toThrow("enough");
    expect((await scorer.score([sampleOf("a")])).total).toEqual([1]);
  });
});

describe("synchronous rewards", () => {
  const busy = (milliseconds: number) => {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  };
  const schemas = {
    synchronous: z.object({}),
    asynchronous: z.object({}).refine(async () => true),
  };

  test.each(["synchronous", "asynchronous"] as const)(
    "let the event loop turn about every 10 ms (%s columns)",
    async (schema) => {
      // Each sample takes at least 4 ms, so a slice of 10 ms is used up after 3.
      let sinceTurn = 0;
      let most = 0;
      const slow = defineReward({
        ...common,
        name: "slow",
        columns: schemas[schema],
        score() {
          busy(4);
          most = Math.max(most, ++sinceTurn);
          return 1;
        },
      });
      const scorer = createScorer(compositeOf({ one: { reward: slow }, two: { reward: slow } }));
      await scorer.setup();
      let turning = true;
      const count = () => {
        sinceTurn = 0;
        if (turning) setImmediate(count);
      };
      count();
      const row = {};
      await scorer.score(Array.from({ length: 30 }, (_, index) => sampleOf(`${index}`, row)));
      turning = false;
      expect(most).toBeLessThanOrEqual(3);
    },
  );
});
