import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineReward } from "../define-reward.js";
import { common, compositeOf, sampleOf, scorerOf } from "./composite.test.support.js";
import type { ScorerSample } from "./types.js";

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
    await scorer.score([{ completion: "c", row, groupId: "g1", prompt: "p", tokenIds: [1], finishReason: "stop" }]);
    expect(seen).toEqual([{ completion: "c", columns: { answer: "42", level: 2 }, index: 0, groupId: "g1" }]);
  });

  test("of an open reward are those that it declares and those that are mapped to it", async () => {
    const given: object[] = [];
    const open = defineReward({
      ...common,
      name: "open",
      columns: z.looseObject({ level: z.number().default(2) }),
      score: ({ columns }) => given.push(columns) && 1,
    });
    const inner = compositeOf({ open: { reward: open, columns: { gold: "solution", hint: "help" } } });
    await scorerOf({ open: { reward: open } }).score([sampleOf("c", row)]);
    await scorerOf({ inner: { reward: inner, columns: { help: "answer" } } }).score([sampleOf("c", row)]);
    expect(given).toEqual([{ level: 2 }, { level: 2, gold: " 42 ", hint: "the wrong one" }]);
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
    expect(batch.failures[1]?.[0]?.message).toMatch(
      /column "solution" \(the reward's "answer"\) is 42: .*expected string/,
    );
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

  test("if present, add what the sample has of what is named", async () => {
    const flexible = defineReward({
      ...common,
      name: "flexible",
      reads: ["prompt"],
      readsIfPresent: ["messages", "tokenIds", "step"],
      score: (seen) => ({ score: 1, reason: Object.keys(seen).sort().join(" ") }),
    });
    const without = { ...sampleOf("c"), prompt: "p", finishReason: "stop" as const };
    const scorer = scorerOf({ flexible: { reward: flexible } });
    const { reasons } = await scorer.score([without, { ...without, tokenIds: [] }]);
    const always = "columns completion groupId index messages prompt step";
    expect(reasons).toEqual([[always], [`${always} tokenIds`]]);
  });
});
