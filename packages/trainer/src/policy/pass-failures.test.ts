/** What weights and training passes leave on a device that fails at any of its uses, on the CPU's engine: nothing. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createCountingEngine, failEverywhere, noMemory } from "../engine/counting-engine.test.fixture.js";
import type { Buffer, Buffers } from "../engine/engine.js";
import { saveModel } from "../model/load.js";
import { tinyConfigJson, tinyModel } from "../model/tiny-model.test.fixture.js";
import { grpoLoss, passesOf, releaseAll, ROWS, SMALL_CHUNKS } from "./layered/passes.test.fixture.js";
import { loadWeights } from "./weights.js";

afterEach(releaseAll);

const counting = await createCountingEngine();

/** Every second row, so that a device is used less often. */
const rows = ROWS.filter((_, row) => row % 2 === 0);

test.each([
  // Its head is the embeddings, so that their gradients come from both ends.
  ["layered with a tied head", { tie_word_embeddings: true }, {}],
  ["layered with a head of its own, in chunks", {}, SMALL_CHUNKS],
  // No row's loss is its own: scores and gradients are computed by programs of their own.
  ["layered with a loss over all rows", {}, { topEntropyQuantile: 0.5 }],
  ["whole", {}, {}],
])("a pass that is %s frees all buffers where a program fails", async (what, changes, more) => {
  const { topEntropyQuantile, ...options } = more as { topEntropyQuantile?: number };
  const { layered, whole, weights } = passesOf(counting.engine, changes, options);
  const pass = what.startsWith("whole") ? whole : layered;
  const loss = grpoLoss(topEntropyQuantile === undefined ? {} : { topEntropyQuantile });
  const received: Buffer[] = [];
  const receive = (gradients: Buffers): void => void received.push(...Object.values(gradients));
  const free = (): void => {
    for (const buffer of received.splice(0)) buffer.dispose();
  };
  const failures = await failEverywhere(
    counting,
    async () => {
      const { gradients } = await pass.accumulate({ rows, loss }, weights, receive);
      received.push(...Object.values(gradients ?? {}));
    },
    (use, error) => {
      expect(String(error)).toContain(noMemory);
      // Those that were handed over belong to the optimizer.
      free();
      expect(counting.live(), `after a failure at use ${use}`).toBe(0);
    },
  );
  expect(failures).toBeGreaterThan(what === "whole" ? 0 : 1);
  free();
  expect(counting.live()).toBe(0);
});

test.each(["whole", "layered"] as const)("a %s pass frees all gradients where the loss is no number", async (which) => {
  const { weights, ...passes } = passesOf(counting.engine, {});
  const broken = rows.map((row) => ({ ...row, oldLogProbabilities: row.completionIds.map(() => Number.NaN) }));
  await expect(passes[which].accumulate({ rows: broken, loss: grpoLoss() }, weights)).rejects.toThrow(/loss is NaN/);
  expect(counting.live()).toBe(0);
});

test("frees all buffers where log-probabilities fail", async () => {
  const { layered, weights } = passesOf(counting.engine, {}, SMALL_CHUNKS);
  const failures = await failEverywhere(
    counting,
    async () => void (await layered.logProbabilities({ rows, temperature: 1 }, weights)),
    (use) => expect(counting.live(), `after a failure at use ${use}`).toBe(0),
  );
  expect(failures).toBeGreaterThan(3);
  expect(counting.live()).toBe(0);
});

const lora = {
  rank: 2,
  alpha: 4,
  useRslora: false,
  targetModules: "all-linear",
  initLoraWeights: true,
  seed: 3,
} as const;

test.each([
  ["and their reference", {}],
  ["and an adapter", { lora }],
])("frees all weights %s where they do not fit", async (_what, more) => {
  const folder = await mkdtemp(join(tmpdir(), "pavlov-weights-"));
  await saveModel(folder, { parameters: tinyModel().parameters, configJson: tinyConfigJson() });
  const request = { model: folder, engine: {}, reference: true, ...more };
  let weights: Awaited<ReturnType<typeof loadWeights>> | undefined;
  const failures = await failEverywhere(
    counting,
    async () => void (weights = await loadWeights(counting.engine, request)),
    (use) => expect(counting.live(), `after a failure at use ${use}`).toBe(0),
  );
  expect(failures).toBe(counting.live());
  weights?.dispose();
  expect(counting.live()).toBe(0);
  await rm(folder, { recursive: true });
});
