/** The correction inside the training pass against the road of two passes: old log-probabilities, then ratios. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../engine/engine.js";
import { createOnnxRuntimeEngine } from "../engine/onnxruntime/engine.js";
import { IMPORTANCE_SAMPLING_MODES, importanceSampling } from "../grpo/importance-sampling.js";
import type { ImportanceSamplingOptions } from "../grpo/importance-sampling.js";
import { importanceRatios } from "./correction.js";
import { accumulated, grpoLoss, passesOf, releaseAll, ROWS, SMALL_CHUNKS } from "./layered/passes.test.fixture.js";
import type { TokenRow } from "./protocol.js";

const compiled: string[] = [];
let engine: Engine;
beforeAll(async () => {
  const runtime = await createOnnxRuntimeEngine({ threads: 1 });
  engine = {
    ...runtime,
    compile: (name, ...rest) => {
      compiled.push(name);
      return runtime.compile(name, ...rest);
    },
  };
});
afterEach(releaseAll);
afterAll(() => engine.dispose());

/** Rows without old log-probabilities, whose sampler was off by about one nat, and once could not tell. */
const rows = ROWS.map(({ promptIds, completionIds, advantage = 0, masked = false }, index): TokenRow => ({
  promptIds,
  completionIds,
  advantage,
  masked,
  samplingLogProbabilities: completionIds.map((id, at) =>
    index === 1 && at === 2 ? Number.NaN : -2.7 - ((id + at + index) % 5) / 4,
  ),
}));

const ratiosOf = (old: readonly ArrayLike<number>[], options: ImportanceSamplingOptions): readonly Float32Array[] =>
  importanceSampling(
    rows.map(({ completionIds, masked, samplingLogProbabilities = [] }, index) => ({
      oldLogProbabilities: old[index] as ArrayLike<number>,
      samplingLogProbabilities,
      mask: completionIds.map(() => (masked === true ? 0 : 1)),
    })),
    options,
  ).ratios;

/** Bounds that leave all ratios, cut the high ones, and cut on both sides. */
const BOUNDS = [
  { clipMin: null, clipMax: null },
  { clipMin: null, clipMax: 1.2 },
  { clipMin: 0.9, clipMax: 1.2 },
] as const;

describe.each(IMPORTANCE_SAMPLING_MODES)("%s", (mode) => {
  test.each(BOUNDS)("gives the ratios that are logged, between $clipMin and $clipMax", async (bounds) => {
    const [count, width] = [rows.length, Math.max(...rows.map(({ completionIds }) => completionIds.length))];
    const old = rows.map(({ completionIds }, row) => completionIds.map((id, at) => -3 + Math.sin(id + at * row) / 3));
    const expected = ratiosOf(old, { mode, ...bounds });
    const flat = (of: (row: number) => ArrayLike<number> | undefined) => {
      const values = new Float32Array(count * width);
      rows.forEach((_, row) => values.set(of(row) ?? [], row * width));
      return engine.buffer(values, [count, width]);
    };
    const spec = { shape: [count, width], dtype: "float32" } as const;
    const program = await engine.compile(
      "ratios",
      ({ own, sampling, mask }) => {
        if (!own || !sampling || !mask) throw new Error("An input is missing.");
        return { ratios: importanceRatios(own, sampling, mask, { mode, ...bounds }) };
      },
      { own: spec, sampling: spec, mask: spec },
    );
    const { ratios } = await program.run({
      own: flat((row) => old[row]),
      sampling: flat((row) => rows[row]?.samplingLogProbabilities),
      mask: flat((row) => rows[row]?.completionIds.map(() => (rows[row]?.masked === true ? 0 : 1))),
    });
    const actual = (await ratios?.read()) ?? [];
    expected.forEach((row, index) =>
      row.forEach((value, at) => expect(actual[index * width + at]).toBeCloseTo(value, 5)),
    );
    expect(new Set(expected.map(([value]) => value)).size).toBeGreaterThan(1);
    program.dispose();
  });

  test.each(["whole", "layered"] as const)("of the %s pass trains as with ratios computed before", async (which) => {
    const { [which]: pass, weights } = passesOf(engine, { num_hidden_layers: 1 });
    const correction = { mode, clipMin: null, clipMax: 1.2 } as const;
    const old = await pass.logProbabilities({ rows, temperature: 0.9 }, weights);
    const ratios = ratiosOf(old, correction);
    const corrected = rows.map((row, index) => ({
      ...row,
      oldLogProbabilities: old[index] as Float32Array,
      importanceRatio: ratios[index] as Float32Array,
    }));
    const loss = grpoLoss({ temperature: 0.9, beta: 0 });
    const expected = await accumulated(pass, weights, { rows: corrected, loss });
    const actual = await accumulated(pass, weights, { rows, loss, correction });
    expect(actual.loss).toBeCloseTo(expected.loss, 5);
    for (const [name, value] of Object.entries(expected.metrics)) expect(actual.metrics[name]).toBeCloseTo(value, 5);
    for (const [name, values] of Object.entries(expected.gradients ?? {})) {
      values.forEach((value, index) => expect(actual.gradients?.[name]?.[index]).toBeCloseTo(value, 4));
    }
    old.forEach((row, index) =>
      row.forEach((value, at) => expect(actual.logProbabilities?.[index]?.[at]).toBeCloseTo(value, 5)),
    );
  });
});

test("a correction costs neither pass a second forward pass", async () => {
  const correction = { mode: "sequence_mask", clipMin: null, clipMax: 1.2 } as const;
  const passes = passesOf(engine, { num_hidden_layers: 1 });
  for (const [which, programs] of [
    ["whole", ["train"]],
    ["layered", ["layer-keep", "head-fused", "loss", "layer-backward"]],
  ] as const) {
    compiled.splice(0);
    await passes[which].accumulate({ rows, loss: grpoLoss(), correction }, passes.weights);
    expect(compiled).toEqual(programs);
  }
});

test("a correction reaches the loss where the head cannot take whole rows at once", async () => {
  const correction = { mode: "token_truncate", clipMin: null, clipMax: 1.2 } as const;
  const { whole, layered, weights } = passesOf(engine, { num_hidden_layers: 1 }, SMALL_CHUNKS);
  for (const loss of [grpoLoss(), grpoLoss({ topEntropyQuantile: 0.5 })]) {
    const expected = await accumulated(whole, weights, { rows, loss, correction });
    const actual = await accumulated(layered, weights, { rows, loss, correction });
    for (const [name, values] of Object.entries(expected.gradients ?? {})) {
      values.forEach((value, index) => expect(actual.gradients?.[name]?.[index]).toBeCloseTo(value, 4));
    }
  }
});

test("a correction of rows that do not know what sampled them is refused", async () => {
  const { whole, layered, weights } = passesOf(engine, { num_hidden_layers: 1 });
  const call = {
    rows: [{ promptIds: [1], completionIds: [2], advantage: 1 }],
    loss: grpoLoss(),
    correction: { mode: "token_mask", clipMin: null, clipMax: 2 },
  } as const;
  for (const pass of [whole, layered]) {
    await expect(pass.accumulate(call, weights)).rejects.toThrow("no samplingLogProbabilities");
  }
});
