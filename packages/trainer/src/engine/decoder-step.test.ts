/** The whole training step, compiled and eager. */
import { expect, test } from "vitest";
import { decoderInputs, decoderSpecs, decoderStep } from "./decoder-step.test.fixture.js";
import type { Buffer, Engine } from "./engine.js";
import { createOnnxRuntimeEngine } from "./onnxruntime/engine.js";
import { createTfjsEngine } from "./tfjs/engine.js";

const shape = { width: 32, layers: 2, heads: 4, vocabulary: 23, length: 12, rows: 3 };

/** The results of some runs of the step on the same inputs. */
async function runs(engine: Engine, count: number): Promise<Record<string, Buffer>[]> {
  const specs = decoderSpecs(shape);
  const program = await engine.compile("step", decoderStep(shape), specs);
  const values = decoderInputs(shape);
  const inputs = Object.fromEntries(
    Object.entries(values).map(([name, data]) => [name, engine.buffer(data, specs[name]?.shape as number[])]),
  );
  const results: Record<string, Buffer>[] = [];
  for (let run = 0; run < count; run += 1) results.push(await program.run(inputs));
  program.dispose();
  return results;
}

test("a compiled training step gives the loss and all gradients of the eager one", async () => {
  const [compiled = {}] = await runs(await createOnnxRuntimeEngine({ threads: 2 }), 1);
  const [eager = {}] = await runs(await createTfjsEngine("cpu"), 1);
  expect(Object.keys(compiled)).toEqual(Object.keys(eager));
  for (const [name, expected] of Object.entries(eager)) {
    expect(compiled[name]?.shape, name).toEqual(expected.shape);
    const [a, b] = [compiled[name]?.data ?? [], expected.data ?? []];
    const worst = Math.max(...Array.from(b, (value, i) => Math.abs(value - (a[i] ?? NaN)) / (Math.abs(value) + 0.1)));
    expect(worst, name).toBeLessThan(1e-4);
  }
  expect(compiled["loss"]?.data?.[0]).toBeGreaterThan(1);
});

test("a compiled training step has the same bits in 30 runs on two threads", async () => {
  const [first = {}, ...others] = await runs(await createOnnxRuntimeEngine({ threads: 2 }), 30);
  expect(Object.keys(first).length).toBeGreaterThan(10);
  for (const other of others) {
    for (const [name, buffer] of Object.entries(first)) expect(other[name]?.data, name).toEqual(buffer.data);
  }
});
