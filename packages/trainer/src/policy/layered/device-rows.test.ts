/** Row operations as programs, beside those on memory: in both ways of writing rows, and on a GPU where there is one. */
import { describe, expect, test } from "vitest";
import type { Engine } from "../../engine/engine.js";
import { createOnnxRuntimeEngine } from "../../engine/onnxruntime/engine.js";
import { softwareGpu } from "../../engine/onnxruntime/software-gpu.test.fixture.js";
import { createDeviceRows } from "./device-rows.js";
import { createRowOperations, type RowOperations } from "./row-operations.js";

const [vocabulary, width] = [300, 4];
const ids = Int32Array.of(7, 299, 0, 7, 120, 7);

const filled = (rows: number, start: number): Float32Array =>
  Float32Array.from({ length: rows * width }, (_, index) => Math.sin(start + index));

/** A table after rows were added to it, and another whose rows 2 to 5 were zeros. */
async function written(engine: Engine, operations: RowOperations): Promise<readonly (readonly number[])[]> {
  const table = await engine.resident(filled(vocabulary, 1), [vocabulary, width]);
  const rows = await engine.resident(filled(ids.length, 5), [ids.length, width]);
  await operations.addTo(table, ids, rows, 0.5);
  await operations.addTo(table, Int32Array.of(7), await operations.take(rows, 2, 1), 2);
  const zeros = await operations.zeros([8, width]);
  await operations.put(zeros, 2, await operations.take(rows, 1, 4));
  await operations.put(zeros, 6, await operations.take(rows, 0, 1));
  return Promise.all([table, zeros].map(async (buffer) => Array.from(await buffer.read())));
}

const cpu = await createOnnxRuntimeEngine({ threads: 1 });
const gpu = await softwareGpu();
const limits = [
  ["what is bound at once", Number.POSITIVE_INFINITY],
  ["more than is bound at once", 0],
] as const;

for (const [device, engine] of [
  ["the CPU", cpu],
  ["a GPU", gpu],
] as const) {
  describe.skipIf(engine === null)(`programs on ${device}`, () => {
    test.each(limits)("add and put rows of %s", async (_, mostBound) => {
      const on = engine as Engine;
      const expected = await written(cpu, createRowOperations(cpu));
      const operations = createDeviceRows(on, mostBound);
      const actual = await written(on, operations);
      actual.forEach((values, which) =>
        values.forEach((value, index) => expect(value).toBeCloseTo(expected[which]?.[index] as number, 5)),
      );
      operations.dispose();
    });
  });
}
