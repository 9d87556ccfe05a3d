/** The trial on an engine that promises less than it can, and on one that refuses. */
import { expect, test } from "vitest";
import type { Engine } from "./engine.js";
import { createOnnxRuntimeEngine } from "./onnxruntime/engine.js";
import { softwareGpu } from "./onnxruntime/software-gpu.test.fixture.js";
import { scattersTo } from "./scatter-trial.js";

const cpu = await createOnnxRuntimeEngine({ threads: 1 });
const gpu = await softwareGpu();

/** Counts what is compiled; runs on `most` bytes at most. */
const limited = (engine: Engine, promised: number, most: number) => {
  const compiled: string[] = [];
  const wrapped: Engine = {
    ...engine,
    mostScattered: promised,
    async compile(name, program, inputs, options) {
      compiled.push(name);
      const made = await engine.compile(name, program, inputs, options);
      const run: typeof made.run = (given) =>
        Number((given["place"]?.data?.[0] ?? 0) + 1) * 4096 <= most ? made.run(given) : Promise.reject(new Error("no"));
      return { ...made, run };
    },
  };
  return { engine: wrapped, compiled };
};

test("what is promised is not tried", async () => {
  const { engine, compiled } = limited(cpu, 2 ** 20, 0);
  expect(await scattersTo(engine, 2 ** 20)).toBe(true);
  expect(compiled).toEqual([]);
  expect(await scattersTo(cpu, 2 ** 40)).toBe(true);
});

test("what works once is known, and so is what fails", async () => {
  const { engine, compiled } = limited(cpu, 4096, 10 * 4096);
  expect(await scattersTo(engine, 5 * 4096)).toBe(true);
  expect(await scattersTo(engine, 8 * 4096)).toBe(true);
  expect(compiled).toHaveLength(1);
  expect(await scattersTo(engine, 9 * 4096)).toBe(true);
  expect(await scattersTo(engine, 11 * 4096)).toBe(false);
  expect(await scattersTo(engine, 12 * 4096)).toBe(false);
  expect(await scattersTo(engine, 10 * 4096)).toBe(true);
  // 8, then 16 and 9, 11, and 10 pages.
  expect(compiled).toHaveLength(5);
});

test.skipIf(gpu === null)("a GPU is tried with a buffer on it", async () => {
  const { engine, compiled } = limited(gpu as Engine, 4096, Number.POSITIVE_INFINITY);
  expect(await scattersTo(engine, 2 ** 21)).toBe(true);
  expect(compiled).toEqual(["scatter-trial"]);
});
