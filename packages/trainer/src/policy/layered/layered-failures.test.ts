/** What the layered pass leaves on a device that fails at any of its uses, on the CPU's engine: nothing. */
import { afterEach, expect, test } from "vitest";
import { createCountingEngine, failEverywhere, noMemory } from "../../engine/counting-engine.test.fixture.js";
import type { Buffer, Buffers } from "../../engine/engine.js";
import { grpoLoss, passesOf, releaseAll, ROWS, SMALL_CHUNKS } from "./passes.test.fixture.js";

afterEach(releaseAll);

const counting = await createCountingEngine();

/** Every second row, so that a device is used less often. */
const rows = ROWS.filter((_, row) => row % 2 === 0);

test.each([
  // Its head is the embeddings, so that their gradients come from both ends.
  ["with a tied head", { tie_word_embeddings: true }, {}],
  ["with a head of its own, in chunks", {}, SMALL_CHUNKS],
  // No row's loss is its own: scores and gradients are computed by programs of their own.
  ["with a loss over all rows", {}, { topEntropyQuantile: 0.5 }],
])("frees all buffers where a program fails, %s", async (_what, changes, more) => {
  const { topEntropyQuantile, ...options } = more as { topEntropyQuantile?: number };
  const { layered, weights } = passesOf(counting.engine, changes, options);
  const loss = grpoLoss(topEntropyQuantile === undefined ? {} : { topEntropyQuantile });
  const received: Buffer[] = [];
  const receive = (gradients: Buffers): void => void received.push(...Object.values(gradients));
  const free = (): void => {
    for (const buffer of received.splice(0)) buffer.dispose();
  };
  const failures = await failEverywhere(
    counting,
    async () => {
      const { gradients } = await layered.accumulate({ rows, loss }, weights, receive);
      received.push(...Object.values(gradients ?? {}));
    },
    (use, error) => {
      expect(String(error)).toContain(noMemory);
      // Those that were handed over belong to the optimizer.
      free();
      expect(counting.live(), `after a failure at use ${use}`).toBe(0);
    },
  );
  expect(failures).toBeGreaterThan(10);
  free();
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
