/** What the layered pass gives back: buffers when a program fails, and programs of shapes that come once. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Buffer, Engine } from "../../engine/engine.js";
import { createOnnxRuntimeEngine } from "../../engine/onnxruntime/engine.js";
import { grpoLoss, passesOf, releaseAll, ROWS } from "./passes.test.fixture.js";

const live = new Set<string>();
let results: Buffer[] = [];
let failing: { readonly name: string; run: number } | null = null;
let engine: Engine;
beforeAll(async () => {
  const runtime = await createOnnxRuntimeEngine({ threads: 1 });
  let made = 0;
  engine = {
    ...runtime,
    async compile(name, ...rest) {
      const program = await runtime.compile(name, ...rest);
      const id = `${name} ${made++}`;
      live.add(id);
      return {
        ...program,
        async run(inputs) {
          if (failing?.name === name && failing.run-- === 0) throw new Error("out of memory");
          const outputs = await program.run(inputs);
          results.push(...Object.values(outputs));
          return outputs;
        },
        dispose() {
          live.delete(id);
          program.dispose();
        },
      };
    },
  };
});
afterEach(() => {
  releaseAll();
  failing = null;
  results = [];
});
afterAll(() => engine.dispose());

const isDisposed = (buffer: Buffer): boolean => {
  try {
    return buffer.data === null;
  } catch {
    return true;
  }
};

test.each([
  ["layer-keep", 1],
  ["layer-backward", 0],
] as const)("frees what layers kept where a run of %s fails", async (name, run) => {
  const { layered, weights } = passesOf(engine, {});
  failing = { name, run };
  await expect(layered.accumulate({ rows: ROWS, loss: grpoLoss() }, weights)).rejects.toThrow("out of memory");
  expect(results.length).toBeGreaterThan(0);
  expect(results.every(isDisposed)).toBe(true);
  failing = null;
  await layered.accumulate({ rows: ROWS, loss: grpoLoss() }, weights);
});

test("compiles once for all micro-batches that differ in what is padding alone", async () => {
  const { layered, weights } = passesOf(engine, {});
  await layered.accumulate({ rows: ROWS, loss: grpoLoss() }, weights);
  const first = [...live];
  const longest = Math.max(...ROWS.map(({ completionIds }) => completionIds.length));
  const rows = ROWS.map((row) => {
    const keep = row.completionIds.length === longest ? longest : 1;
    const part = (values: ArrayLike<number> = []) => Array.from(values).slice(0, keep);
    return {
      ...row,
      completionIds: part(row.completionIds),
      oldLogProbabilities: part(row.oldLogProbabilities),
      referenceLogProbabilities: part(row.referenceLogProbabilities),
      samplingLogProbabilities: part(row.samplingLogProbabilities),
    };
  });
  await layered.accumulate({ rows, loss: grpoLoss() }, weights);
  expect([...live]).toEqual(first);
});

test("keeps the programs of a few shapes only, whatever comes", async () => {
  const { layered, weights } = passesOf(engine, { num_hidden_layers: 1 });
  const counts: number[] = [];
  for (let length = 1; length <= 10; length++) {
    const rows = ROWS.slice(0, length % 7 || 7).map((row) => ({
      ...row,
      promptIds: Array.from({ length: 8 * length }, (_, token) => 1 + (token % 20)),
    }));
    await layered.accumulate({ rows, loss: grpoLoss() }, weights);
    counts.push(live.size);
  }
  const most = Math.max(...counts.slice(0, 8));
  expect(counts.slice(8).every((count) => count <= most)).toBe(true);
  layered.release();
  expect(live.size).toBe(0);
});
