/** What the whole pass leaves out: the backward part where every gradient would be zero. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Engine } from "../engine/engine.js";
import { createOnnxRuntimeEngine } from "../engine/onnxruntime/engine.js";
import { accumulated, grpoLoss, passesOf, releaseAll, ROWS } from "./layered/passes.test.fixture.js";

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeEngine({ threads: 1 });
});
afterEach(releaseAll);
afterAll(() => engine.dispose());

const withoutAdvantage = ROWS.map((row) => ({ ...row, advantage: 0 }));

test("computes no gradient where all advantages are zero, and tells how many rows it skipped", async () => {
  const { whole, weights } = passesOf(engine, {});
  const { gradients, skippedRows, loss } = await whole.accumulate(
    { rows: withoutAdvantage, loss: grpoLoss() },
    weights,
  );
  expect(gradients).toBeNull();
  expect(skippedRows).toBe(ROWS.length);
  expect(Math.abs(loss)).toBe(0);
});

test("has the metrics of the whole program where it computes no gradient", async () => {
  const { whole, weights } = passesOf(engine, {});
  // An advantage of a row that does not count has the rest computed in full.
  const almost = withoutAdvantage.map((row) => ({ ...row, advantage: row.masked === true ? 1 : 0 }));
  const expected = await accumulated(whole, weights, { rows: almost, loss: grpoLoss() });
  const actual = await accumulated(whole, weights, { rows: withoutAdvantage, loss: grpoLoss() });
  expect(expected.gradients).not.toBeNull();
  expect(expected.skippedRows).toBeUndefined();
  expect(Object.keys(actual.metrics)).toEqual(Object.keys(expected.metrics));
  for (const [name, value] of Object.entries(expected.metrics)) expect(actual.metrics[name]).toBeCloseTo(value, 6);
});

test("computes a gradient where all advantages are zero and the loss has another term", async () => {
  const { whole, weights } = passesOf(engine, { num_hidden_layers: 1 });
  for (const config of [{ beta: 0.1 }, { entropyCoef: 0.01 }]) {
    const { gradients } = await accumulated(whole, weights, { rows: withoutAdvantage, loss: grpoLoss(config) });
    const largest = Math.max(
      ...Object.values(gradients ?? {})
        .flat()
        .map(Math.abs),
    );
    expect(largest).toBeGreaterThan(0);
  }
});

test("has the log-probabilities of a correction where it computes no gradient", async () => {
  const { whole, weights } = passesOf(engine, {});
  const correction = { mode: "token_mask", clipMin: null, clipMax: 2 } as const;
  const { logProbabilities } = await whole.accumulate(
    { rows: withoutAdvantage, loss: grpoLoss(), correction },
    weights,
  );
  const expected = await whole.logProbabilities({ rows: withoutAdvantage, temperature: 1 }, weights);
  expected.forEach((row, index) =>
    row.forEach((value, at) => expect(logProbabilities?.[index]?.[at]).toBeCloseTo(value, 5)),
  );
});
