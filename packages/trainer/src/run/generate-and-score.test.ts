import { createScorer, datasetFromRows, defineReward, PavlovError } from "@pavlov/core";
import { expect, test } from "vitest";
import type { Tokenizer } from "../model/tokenizer.js";
import type { PolicyClient } from "../policy/client.js";
import type { FinishedRow } from "../policy/protocol.js";
import { completionRecords } from "./completion-records.js";
import { generateAndScore } from "./generate-and-score.js";
import { encodePrompts } from "./prompts.js";

const tokenizer: Tokenizer = {
  eosTokenId: 2,
  padTokenId: 0,
  vocabularySize: 32,
  regularVocabularySize: 32,
  hasChatTemplate: false,
  encodePrompt: (prompt) => ({ ids: [3, 4], text: String(prompt) }),
  encode: () => [],
  decode: (ids) => String(ids[0]),
};

const rowOf = (row: number): FinishedRow => ({
  row,
  tokenIds: [row, 2],
  logProbabilities: [-1, -1],
  finishReason: "stop",
});

/** A policy that does nothing but what `generate` says. */
const policyOf = (generate: PolicyClient["generate"]): PolicyClient => {
  const unused = (): never => {
    throw new Error("Not used.");
  };
  return {
    info: {
      parameters: 0,
      trainableParameters: 0,
      engine: "none",
      device: "cpu",
      skippedDevices: [],
      loadSeconds: 0,
      maxPositions: 64,
      vocabularySize: 32,
      eosTokenIds: [2],
      padTokenId: 0,
    },
    generate,
    logProbabilities: unused,
    accumulate: unused,
    update: unused,
    syncReference: unused,
    save: unused,
    saveCheckpoint: unused,
    loadCheckpoint: unused,
    usage: unused,
    dispose: unused,
  };
};

const common = { description: "For tests.", range: [0, 1] as const };
const dataset = datasetFromRows([{ prompt: "a" }, { prompt: "b" }, { prompt: "c" }]);

const score = async (
  generate: PolicyClient["generate"],
  scorer: ReturnType<typeof createScorer>,
  signal?: AbortSignal,
) =>
  generateAndScore({
    policy: policyOf(generate),
    tokenizer,
    scorer,
    prompts: await encodePrompts(dataset, tokenizer, { maxPositions: 64, maxCompletionLength: 8 }),
    numGenerations: 2,
    maxCompletionLength: 8,
    sampling: {},
    seed: 1,
    generation: 0,
    step: 0,
    ...(signal ? { signal } : {}),
  });

/** Six rows, the last group first. */
const backwards: PolicyClient["generate"] = async (_, onFinished) => {
  for (const row of [5, 3, 4, 2, 1, 0]) onFinished([rowOf(row)]);
  return { tokens: 12 };
};

test("scores, errors and totals stay with their completions, whatever order groups end in", async () => {
  const odd = defineReward({
    ...common,
    name: "odd",
    score: ({ completion, index }) => (completion === "3" ? Number.NaN : Number(index === 1)),
  });
  const batch = await score(backwards, createScorer(odd, { onError: "drop" }));
  expect(batch.rollouts.map(({ completion }) => completion)).toEqual(["0", "1", "2", "3", "4", "5"]);
  expect(batch.scored.total).toEqual([0, 1, 0, null, 0, 0]);
  expect(completionRecords(batch)[3]?.errors?.["odd"]).toContain('on sample 3 (group "1")');
  expect(batch.scored.totalFailures).toHaveLength(6);
});

test("a total that is no number is told in the completion's record", async () => {
  const fine = defineReward({ ...common, name: "fine", score: () => 1 });
  const batch = await score(backwards, createScorer(fine));
  const message = "the total is Infinity";
  const totalFailures = batch.scored.total.map((_, row) => (row === 2 ? { reward: "fine", message } : undefined));
  const records = completionRecords({ ...batch, scored: { ...batch.scored, totalFailures } });
  expect(records.map(({ totalError }) => totalError)).toEqual([
    undefined,
    undefined,
    message,
    ...[3, 4, 5].map(() => undefined),
  ]);
});

test("a reward that fails under fail ends the batch while completions are still being generated", async () => {
  const fails = defineReward({ ...common, name: "fails", score: () => Number.NaN });
  const endless: PolicyClient["generate"] = (_, onFinished) => {
    onFinished([rowOf(0), rowOf(1)]);
    return new Promise(() => undefined);
  };
  await expect(score(endless, createScorer(fails))).rejects.toThrow('Reward "fails" returned NaN');
});

test("rewards are told to stop when generation fails", async () => {
  let reason: unknown;
  const waits = defineReward({
    ...common,
    name: "waits",
    score: (_, { signal }) =>
      new Promise<number>(() => signal.addEventListener("abort", () => (reason = signal.reason))),
  });
  const scorer = createScorer(waits);
  await scorer.setup();
  const failure = new PavlovError("The memory is not enough.");
  const fails: PolicyClient["generate"] = async (_, onFinished) => {
    onFinished([rowOf(0), rowOf(1)]);
    for (let waited = 0; waited < 10; waited++) await new Promise((resolve) => setImmediate(resolve));
    throw failure;
  };
  await expect(score(fails, scorer)).rejects.toBe(failure);
  expect(reason).toBe(failure);
});

test("an abort ends the batch without waiting for the policy", async () => {
  const fine = defineReward({ ...common, name: "fine", score: () => 1 });
  const controller = new AbortController();
  const endless: PolicyClient["generate"] = () => {
    controller.abort(new Error("enough"));
    return new Promise(() => undefined);
  };
  await expect(score(endless, createScorer(fine), controller.signal)).rejects.toThrow("enough");
});
