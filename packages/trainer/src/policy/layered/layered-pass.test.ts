import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../engine/engine.js";
import { createOnnxRuntimeEngine } from "../../engine/onnxruntime/engine.js";
import { LOSS_TYPES } from "../../grpo/losses/types.js";
import type { AccumulateRequest, TokenRow } from "../protocol.js";
import {
  accumulated,
  FAMILIES,
  grpoLoss,
  type Passes,
  passesOf,
  releaseAll,
  ROWS,
  SMALL_CHUNKS,
} from "./passes.test.fixture.js";

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeEngine({ threads: 2 });
});
afterEach(releaseAll);
afterAll(() => engine.dispose());

const largestGap = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  a.length === b.length
    ? Array.from(a, (value, index) => Math.abs(value - (b[index] as number))).reduce((x, y) => Math.max(x, y), 0)
    : Number.POSITIVE_INFINITY;

/** Expects both passes to agree on loss, metrics and every gradient. */
const expectSame = async ({ whole, layered, weights }: Passes, call: AccumulateRequest): Promise<void> => {
  const expected = await accumulated(whole, weights, call);
  const actual = await accumulated(layered, weights, call);
  expect(actual.loss).toBeCloseTo(expected.loss, 5);
  expect(Object.keys(actual.metrics)).toEqual(Object.keys(expected.metrics));
  for (const [name, value] of Object.entries(expected.metrics))
    expect(actual.metrics[name], name).toBeCloseTo(value, 4);
  expect(Object.keys(actual.gradients ?? {})).toEqual(Object.keys(expected.gradients ?? {}));
  for (const [name, values] of Object.entries(expected.gradients ?? {})) {
    const scale = Math.max(1, ...values.map(Math.abs));
    expect(largestGap(actual.gradients?.[name] ?? [], values), name).toBeLessThan(2e-5 * scale);
  }
  expect((actual.logProbabilities ?? []).map((row) => row.length)).toEqual(
    (expected.logProbabilities ?? []).map((row) => row.length),
  );
};

describe("the layered pass agrees with the whole pass", () => {
  test.each(Object.keys(FAMILIES))("for %s, on log-probabilities of another model's weights too", async (family) => {
    const passes = passesOf(engine, FAMILIES[family] ?? {});
    await expectSame(passes, { rows: ROWS, loss: grpoLoss({ beta: 0.1 }) });
    const call = { rows: ROWS, temperature: 0.7 };
    const expected = await passes.whole.logProbabilities(call, passes.weights);
    const actual = await passes.layered.logProbabilities(call, passes.weights);
    expected.forEach((row, index) => expect(largestGap(actual[index] ?? [], row)).toBeLessThan(2e-5));
  });

  test.each(Object.keys(FAMILIES))("for %s with checkpointing and several chunks of the head", async (family) => {
    const passes = passesOf(engine, FAMILIES[family] ?? {}, { checkpointing: true, ...SMALL_CHUNKS });
    await expectSame(passes, { rows: ROWS, loss: grpoLoss({ beta: 0.1, temperature: 0.8 }) });
  });

  test("with attention in blocks of a few queries, inside a window", async () => {
    const changes = { ...FAMILIES["mistral with a window"], num_hidden_layers: 1 };
    const passes = passesOf(engine, changes, { attentionBytes: 3500 });
    await expectSame(passes, { rows: ROWS, loss: grpoLoss() });
  });

  test.each(["qwen2", "gemma3"])("for %s with an adapter, which alone gets gradients", async (family) => {
    for (const checkpointing of [false, true]) {
      const passes = passesOf(engine, FAMILIES[family] ?? {}, { checkpointing }, true);
      await expectSame(passes, { rows: ROWS, loss: grpoLoss({ beta: 0.1 }) });
    }
  });

  test("for an adapter's base model, whose weights lack the adapter's", async () => {
    const passes = passesOf(engine, {}, {}, true);
    const base = Object.fromEntries(Object.entries(passes.weights).filter(([name]) => !name.includes("lora")));
    const call = { rows: ROWS, temperature: 1 };
    const expected = await passes.whole.logProbabilities(call, base);
    const actual = await passes.layered.logProbabilities(call, base);
    expected.forEach((row, index) => expect(largestGap(actual[index] ?? [], row)).toBeLessThan(2e-5));
  });

  test.each(LOSS_TYPES)("for the loss type %s", async (lossType) => {
    const passes = passesOf(engine, { num_hidden_layers: 1 });
    await expectSame(passes, { rows: ROWS, loss: grpoLoss({ lossType }) });
  });

  test.each([
    ["an entropy bonus", { entropyCoef: 0.02 }],
    ["only tokens of high entropy", { topEntropyQuantile: 0.5 }],
    ["both, with an off-policy mask", { topEntropyQuantile: 0.5, entropyCoef: 0.02, offPolicyMaskThreshold: 0.01 }],
    ["ratios of whole completions", { importanceSamplingLevel: "sequence" }],
  ] as const)("for a loss with %s", async (_name, config) => {
    for (const chunks of [{}, SMALL_CHUNKS]) {
      await expectSame(passesOf(engine, { num_hidden_layers: 1 }, chunks), { rows: ROWS, loss: grpoLoss(config) });
    }
  });

  test("for supervised training", async () => {
    await expectSame(passesOf(engine, {}), { rows: ROWS, loss: { kind: "sft", itemsInBatch: 26 } });
  });

  test("in evaluation, which computes no gradient", async () => {
    const passes = passesOf(engine, {});
    await expectSame(passes, { rows: ROWS, loss: grpoLoss({ beta: 0.1 }), evaluate: true });
    const { gradients } = await passes.layered.accumulate(
      { rows: ROWS, loss: grpoLoss(), evaluate: true },
      passes.weights,
    );
    expect(gradients).toBeNull();
  });

  test.each(["sequence_mask", "token_truncate"] as const)("with a correction by %s", async (mode) => {
    const rows = ROWS.map((row): TokenRow => {
      const { promptIds, completionIds, masked = false, advantage = 0, samplingLogProbabilities = [] } = row;
      return { promptIds, completionIds, masked, advantage, samplingLogProbabilities };
    });
    const passes = passesOf(engine, {});
    const call = { rows, loss: grpoLoss(), correction: { mode, clipMin: null, clipMax: 1.4 } };
    await expectSame(passes, call);
    const { logProbabilities } = await passes.layered.accumulate(call, passes.weights);
    const expected = await passes.whole.logProbabilities({ rows, temperature: 1 }, passes.weights);
    expected.forEach((row, index) => expect(largestGap(logProbabilities?.[index] ?? [], row)).toBeLessThan(2e-5));
  });

  test.each([
    ["no padding at all", 8, 9],
    ["padded completions only", 6, 9],
    ["padded prompts only", 8, 7],
  ])("with %s", async (_name, completion, prompt) => {
    const rows = ROWS.map((_row, index): TokenRow => {
      const ids = (count: number, start: number) =>
        Array.from({ length: count }, (_, token) => 1 + ((start + 3 * token) % 22));
      return { promptIds: ids(prompt, index % 2), completionIds: ids(completion, index), advantage: index - 2.5 };
    });
    await expectSame(passesOf(engine, FAMILIES["gemma3"] ?? {}), { rows, loss: grpoLoss() });
  });

  test("with one long completion among short ones, in blocks, by checkpointing and with an adapter", async () => {
    const rows = ROWS.map((row, index): TokenRow => {
      const { promptIds, advantage = 0 } = row;
      const completionIds = Array.from({ length: index === 3 ? 60 : 1 + index }, (_, token) => 1 + (token % 22));
      return { promptIds, completionIds, advantage };
    });
    for (const [given, lora] of [
      [{}, false],
      [{ checkpointing: true, attentionBytes: 20_000 }, true],
    ] as const) {
      await expectSame(passesOf(engine, FAMILIES["mistral with a window"] ?? {}, given, lora), {
        rows,
        loss: grpoLoss(),
      });
    }
  });

  test("for one row of one prompt", async () => {
    await expectSame(passesOf(engine, {}), { rows: ROWS.slice(3, 4), loss: grpoLoss() });
  });
});

describe("the layered pass", () => {
  test("computes no gradient where all advantages are zero, and the same loss and metrics", async () => {
    const rows = ROWS.map((row) => ({ ...row, advantage: 0 }));
    const { whole, layered, weights } = passesOf(engine, {});
    // An advantage of a row that does not count has the rest computed in full.
    const almost = rows.map((row) => ({ ...row, advantage: row.masked === true ? 1 : 0 }));
    const expected = await accumulated(whole, weights, { rows: almost, loss: grpoLoss() });
    const actual = await accumulated(layered, weights, { rows, loss: grpoLoss() });
    expect(actual.gradients).toBeNull();
    expect(actual.skippedRows).toBe(rows.length);
    for (const [name, value] of Object.entries(expected.metrics))
      expect(actual.metrics[name], name).toBeCloseTo(value, 5);
  });

  test("computes a gradient where all advantages are zero and the loss has another term", async () => {
    const rows = ROWS.map((row) => ({ ...row, advantage: 0 }));
    const passes = passesOf(engine, { num_hidden_layers: 1 });
    await expectSame(passes, { rows, loss: grpoLoss({ beta: 0.1 }) });
    await expectSame(passes, { rows, loss: grpoLoss({ entropyCoef: 0.01 }) });
  });

  test("hands gradients over as they come, the last layer's first, and returns none then", async () => {
    const { layered, weights, options } = passesOf(engine, {});
    const names: string[] = [];
    const { gradients } = await layered.accumulate({ rows: ROWS, loss: grpoLoss() }, weights, (more) =>
      names.push(...Object.keys(more)),
    );
    expect(gradients).toBeNull();
    expect(names.toSorted()).toEqual([...options.trainable].toSorted());
    const place = (part: string) => names.findIndex((name) => name.includes(part));
    expect(place("layers.1.")).toBeLessThan(place("layers.0."));
    expect(names.at(-1)).toBe("model.embed_tokens.weight");
  });

  test("gives equal bits whatever the order of the rows", async () => {
    const { layered, weights } = passesOf(engine, {});
    const call = { rows: ROWS, temperature: 1 };
    const forth = await layered.logProbabilities(call, weights);
    const back = await layered.logProbabilities({ ...call, rows: ROWS.toReversed() }, weights);
    forth.forEach((row, index) => expect(largestGap(back.at(-1 - index) ?? [], row)).toBeLessThan(1e-5));
  });

  test("gives padding a gradient of exactly zero", async () => {
    const { layered, weights } = passesOf(engine, {});
    const { gradients } = await accumulated(layered, weights, { rows: ROWS, loss: grpoLoss() });
    const embedding = gradients?.["model.embed_tokens.weight"] ?? [];
    const width = weights["model.norm.weight"]?.shape[0] as number;
    // No row has the padding token, 0.
    expect(embedding.slice(0, width).every((value) => value === 0)).toBe(true);
    expect(embedding.slice(3 * width, 4 * width).some((value) => value !== 0)).toBe(true);
  });

  test("gives the same gradients however much of a micro-batch is padding", async () => {
    const passes = passesOf(engine, FAMILIES["qwen3"] ?? {});
    const of = (rows: readonly TokenRow[]) =>
      accumulated(passes.layered, passes.weights, { rows, loss: { kind: "sft", itemsInBatch: 26 } });
    const together = await of(ROWS);
    const alone: Awaited<ReturnType<typeof of>>[] = [];
    for (const row of ROWS) alone.push(await of([row]));
    expect(alone.reduce((sum, { loss }) => sum + loss, 0)).toBeCloseTo(together.loss, 5);
    for (const [name, values] of Object.entries(together.gradients ?? {})) {
      const summed = values.map((_, index) =>
        alone.reduce((sum, { gradients }) => sum + (gradients?.[name]?.[index] ?? 0), 0),
      );
      expect(largestGap(summed, values), name).toBeLessThan(2e-5 * Math.max(1, ...values.map(Math.abs)));
    }
  });

  test("works again after its programs were released", async () => {
    const { layered, weights } = passesOf(engine, {});
    const call = { rows: ROWS, temperature: 1 };
    const first = await layered.logProbabilities(call, weights);
    layered.release();
    expect(await layered.logProbabilities(call, weights)).toEqual(first);
  });
});
