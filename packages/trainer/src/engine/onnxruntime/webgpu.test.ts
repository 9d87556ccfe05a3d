/** The engine on a GPU against the one on the CPU: every kernel, and what only a device has. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { decoderInputs, decoderSpecs, decoderStep } from "../decoder-step.test.fixture.js";
import type { Buffer, Engine, Specs } from "../engine.js";
import { expectClose, runCase, valuesOf } from "../trace/kernel-runs.test.fixture.js";
import { kernelCases } from "../trace/kernels.test.fixture.js";
import { createOnnxRuntimeEngine } from "./engine.js";
import { softwareGpu } from "./software-gpu.test.fixture.js";

const found = await softwareGpu();
const gpu = found as Engine;
const cpu = await createOnnxRuntimeEngine({ threads: 2 });

describe.skipIf(found === null)("on a GPU", () => {
  test.each(Object.entries(kernelCases))("%s gives what it gives on the CPU", async (name, cases) => {
    for (const [index, one] of cases.entries()) {
      const data = valuesOf(name, index, one);
      const expected = await runCase(cpu, one, data);
      const actual = await runCase(gpu, one, data);
      for (const [key, buffer] of Object.entries(expected)) expectClose(actual[key], buffer, `case ${index} ${key}`);
    }
  });

  test("sine and cosine are exact for large angles", async () => {
    const angles = Float32Array.from({ length: 4096 }, (_, index) => Math.fround((index - 2048) * 8.37123));
    const specs: Specs = { x: { shape: ["n"], dtype: "float32" } };
    const turn = ({ x }: Readonly<Record<string, Tensor>>) => ({
      sine: tf.sin(x as Tensor),
      cosine: tf.cos(x as Tensor),
    });
    const program = await gpu.compile("turn", turn, specs);
    const { sine, cosine } = await program.run({ x: gpu.buffer(angles, [4096]) });
    const worst = (values: Buffer | undefined, of: (x: number) => number): number =>
      Math.max(...Array.from(angles, (x, index) => Math.abs(of(x) - (values?.data?.[index] as number))));
    expect(worst(sine, Math.sin)).toBeLessThan(1e-6);
    expect(worst(cosine, Math.cos)).toBeLessThan(1e-6);
  });

  test("a whole training step gives the loss and all gradients", async () => {
    const shape = { width: 32, layers: 2, heads: 4, vocabulary: 23, length: 12, rows: 3 };
    const specs = decoderSpecs(shape);
    const stepOn = async (engine: Engine) => {
      const program = await engine.compile("step", decoderStep(shape), specs);
      const inputs = Object.entries(decoderInputs(shape)).map(
        ([name, data]) => [name, engine.buffer(data, specs[name]?.shape as number[])] as const,
      );
      return program.run(Object.fromEntries(inputs));
    };
    const [actual, expected] = [await stepOn(gpu), await stepOn(cpu)];
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const [name, buffer] of Object.entries(expected)) expectClose(actual[name], buffer, name);
  });

  test("values stay on the device until they are read, and are changed there", async () => {
    const x = await gpu.resident(Float32Array.of(1, 2, 3), [3]);
    expect(x.data).toBeNull();
    const vector: Specs = { x: { shape: ["n"], dtype: "float32" } };
    const keeping = await gpu.compile("twice", ({ x: of }) => ({ y: tf.mul(of as Tensor, 2) }), vector, {
      keeps: "all",
    });
    const { y } = await keeping.run({ x });
    expect(y?.data).toBeNull();
    expect(await y?.read()).toEqual(Float32Array.of(2, 4, 6));
    const changing = await gpu.compile(
      "more",
      ({ x: of }) => ({ x: tf.add(of as Tensor, 1), sum: tf.sum(of as Tensor) }),
      vector,
    );
    const outputs = await changing.run({ x }, { x });
    expect(Object.keys(outputs)).toEqual(["sum"]);
    expect(outputs["sum"]?.data?.[0]).toBe(6);
    expect(await x.read()).toEqual(Float32Array.of(2, 3, 4));
    await x.write(Float32Array.of(7, 8, 9));
    expect(await x.read()).toEqual(Float32Array.of(7, 8, 9));
    await expect((async () => x.write(Float32Array.of(7)))()).rejects.toThrow("takes 3 values, not 1");
    x.dispose();
    await expect((async () => x.read())()).rejects.toThrow("used after dispose()");
  });

  test("where nothing may be changed in place, a changed buffer is a new one", async () => {
    const careful = await createOnnxRuntimeEngine({ provider: "webgpu", inPlace: false });
    const x = await careful.resident(Float32Array.of(1, 2, 3), [3]);
    const program = await careful.compile(
      "more",
      ({ x: of }) => ({ sum: tf.sum(of as Tensor), x: tf.add(of as Tensor, 1) }),
      { x: { shape: ["n"], dtype: "float32" } },
    );
    for (const sum of [6, 9, 12]) {
      const outputs = await program.run({ x }, { x });
      expect(Object.keys(outputs)).toEqual(["sum"]);
      // In place the sum may be that of what was written: the order of the two is ONNX Runtime's.
      expect(outputs["sum"]?.data?.[0]).toBe(sum);
    }
    expect(await x.read()).toEqual(Float32Array.of(4, 5, 6));
    careful.dispose();
  });

  test("constants are seen anew, brought again where they were given back, and no more after dispose()", async () => {
    const own = await createOnnxRuntimeEngine({ provider: "webgpu" });
    const w = own.buffer(new Float32Array(1000).fill(2), [1000]);
    const program = await own.compile(
      "constant",
      ({ x, w: held }) => ({ y: tf.sum(tf.mul(x as Tensor, held as Tensor)) }),
      { x: { shape: [1000], dtype: "float32" }, w: { shape: [1000], dtype: "float32" } },
      { constants: { w } },
    );
    const x = await own.resident(new Float32Array(1000).fill(1), [1000]);
    const sum = async () => (await program.run({ x }))["y"]?.data?.[0];
    expect(await sum()).toBe(2000);
    (w.data as Float32Array).fill(3);
    expect(await sum()).toBe(2000);
    await program.refresh();
    expect(await sum()).toBe(3000);
    (w.data as Float32Array).fill(4);
    program.forget();
    expect(await sum()).toBe(4000);
    program.dispose();
    const before = (await own.traffic?.())?.bytesToDevice;
    await program.refresh();
    expect((await own.traffic?.())?.bytesToDevice).toBe(before);
    own.dispose();
  });

  test("whole numbers and truth values are read as they are", async () => {
    const whole = await gpu.resident(Int32Array.of(-5, 2 ** 30), [2]);
    const truth = await gpu.resident(Uint8Array.of(1, 0, 1), [3]);
    expect(await whole.read()).toEqual(Int32Array.of(-5, 2 ** 30));
    expect(await truth.read()).toEqual(Uint8Array.of(1, 0, 1));
  });

  test("an operator that only the CPU has is refused", async () => {
    const program = ({ x }: Readonly<Record<string, Tensor>>) => ({ y: tf.reverse(x as Tensor, [0]) });
    const specs: Specs = { x: { shape: [4], dtype: "int32" } };
    await expect(gpu.compile("backwards", program, specs)).rejects.toThrow(/"backwards".*Slice.*webgpu/);
  });
});
