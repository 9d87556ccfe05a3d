/** The compiling engine as its callers see it. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { PavlovError } from "@pavlov/core";
import { describe, expect, test } from "vitest";
import type { Buffers, Specs } from "../engine.js";
import { createOnnxRuntimeEngine, type OnnxRuntimeOptions } from "./engine.js";

const engine = await createOnnxRuntimeEngine({ threads: 1 });
const specs: Specs = {
  x: { shape: ["rows", 2], dtype: "float32" },
  y: { shape: ["rows"], dtype: "int32" },
};
const program = await engine.compile(
  "sums",
  (inputs) => {
    const [x, y] = [inputs["x"] as Tensor, inputs["y"] as Tensor];
    return { sum: x.sum(1), x, same: x, count: y.sum(), isLarge: y.greater(1), seven: tf.scalar(7, "int32") };
  },
  specs,
);
const inputs = (): Buffers => ({
  x: engine.buffer(Float32Array.of(1, 2, 3, 4), [2, 2]),
  y: engine.buffer(Int32Array.of(1, 2), [2]),
});

describe("a program", () => {
  test("gives every result under its key, in its dtype, in the order of the keys", async () => {
    const outputs = await program.run(inputs());
    expect(Object.keys(outputs)).toEqual(["sum", "x", "same", "count", "isLarge", "seven"]);
    expect(outputs["sum"]?.data).toEqual(Float32Array.of(3, 7));
    expect(outputs["x"]?.data).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(outputs["same"]?.data).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(outputs["count"]?.data).toEqual(Int32Array.of(3));
    expect(outputs["isLarge"]?.data).toEqual(Uint8Array.of(0, 1));
    expect(outputs["seven"]?.data).toEqual(Int32Array.of(7));
  });

  test("results are the caller's: a later run leaves them alone", async () => {
    const given = inputs();
    const { x, sum } = await program.run(given);
    given["x"]?.data?.fill(100, 0, 1);
    const later = await program.run(given);
    expect(x?.data?.[0]).toBe(1);
    expect(sum?.data?.[0]).toBe(3);
    expect(later["sum"]?.data?.[0]).toBe(102);
  });

  test("a disposed result gives its memory back at once and leaves inputs and other results alone", async () => {
    const given = inputs();
    const { x, same } = await program.run(given);
    const values = x?.data;
    x?.dispose();
    expect(values?.buffer.byteLength).toBe(0);
    expect(same?.data).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(given["x"]?.data).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  test.each<[string, Buffers, RegExp]>([
    ["is missing", { x: engine.buffer(new Float32Array(2), [1, 2]) }, /run without its input "y" \(int32 \[rows\]\)/],
    [
      "has another dtype",
      { ...inputs(), y: engine.buffer(new Float32Array(2), [2]) },
      /is float32 \[2\].*int32 \[rows\]/,
    ],
    ["has another rank", { ...inputs(), y: engine.buffer(new Int32Array(2), [2, 1]) }, /"y".*is int32 \[2, 1\]/],
    ["has another size", { ...inputs(), x: engine.buffer(new Float32Array(6), [2, 3]) }, /"x".*float32 \[rows, 2\]/],
    ["contradicts a symbol", { ...inputs(), y: engine.buffer(new Int32Array(3), [3]) }, /\(rows = 2\)/],
  ])("says so when an input %s", async (_, given, message) => {
    await expect(program.run(given)).rejects.toThrow(message);
    await expect(program.run(given)).rejects.toSatisfy(PavlovError.isInstance);
  });

  test("cannot be run after it was disposed, nor with disposed buffers", async () => {
    const short = await engine.compile("short", ({ x }) => ({ y: (x as Tensor).neg() }), {
      x: specs["x"] as Specs[string],
    });
    const x = engine.buffer(new Float32Array(2), [1, 2]);
    x.dispose();
    await expect(short.run({ x })).rejects.toThrow(/used after dispose/);
    short.dispose();
    await expect(short.run(inputs())).rejects.toThrow(/the program "short" was run after dispose/);
  });

  test("holds inputs that are given as constants, and asks for them no more", async () => {
    const weights = engine.buffer(Float32Array.of(1, 2, 3, 4), [2, 2]);
    const product = await engine.compile(
      "product",
      ({ x, w }) => ({ y: tf.matMul(x as Tensor, w as Tensor, false, true) }),
      { x: { shape: ["rows", 2], dtype: "float32" }, w: { shape: [2, 2], dtype: "float32" } },
      { constants: { w: weights }, spinning: true },
    );
    weights.dispose();
    const { y } = await product.run({ x: engine.buffer(Float32Array.of(1, 1), [1, 2]) });
    expect(y?.data).toEqual(Float32Array.of(3, 7));
  });

  test("sees new values of its constants' memory once it is refreshed", async () => {
    const w = engine.buffer(Float32Array.of(2), [1]);
    const scaled = await engine.compile(
      "scaled",
      (given) => ({ y: (given["x"] as Tensor).mul(given["w"] as Tensor) }),
      { x: { shape: [1], dtype: "float32" }, w: { shape: [1], dtype: "float32" } },
      { constants: { w } },
    );
    const result = async () => (await scaled.run({ x: engine.buffer(Float32Array.of(3), [1]) }))["y"]?.data?.[0];
    expect(await result()).toBe(6);
    (w.data as Float32Array)[0] = 5;
    await scaled.refresh();
    expect(await result()).toBe(15);
    (w.data as Float32Array)[0] = 7;
    scaled.forget();
    expect(await result()).toBe(21);
    scaled.dispose();
    await scaled.refresh();
    await expect(result()).rejects.toThrow(/after dispose/);
  });

  test("computes repeated expressions again when asked to", async () => {
    const repeat = ({ x }: Readonly<Record<string, Tensor>>) => ({
      y: (x as Tensor)
        .exp()
        .sin()
        .add((x as Tensor).exp().sin()),
    });
    const x = engine.buffer(Float32Array.of(0.5), [1]);
    const shape: Specs = { x: { shape: [1], dtype: "float32" } };
    const twice = await engine.compile("twice", repeat, shape, { recompute: true });
    expect((await twice.run({ x }))["y"]?.data?.[0]).toBeCloseTo(2 * Math.sin(Math.exp(0.5)), 5);
  });
});

describe("a buffer", () => {
  test("is the caller's array, not a copy", async () => {
    const data = Float32Array.of(1, 2, 3);
    const buffer = engine.buffer(data, [3]);
    expect(buffer.data).toBe(data);
    const copy = await buffer.read();
    expect(copy).toEqual(data);
    expect(copy).not.toBe(data);
  });

  test("can be viewed in part under another shape", async () => {
    const buffer = engine.buffer(Float32Array.of(1, 2, 3, 4, 5, 6), [6]);
    const view = engine.view(buffer, [2, 2]);
    (buffer.data as Float32Array)[3] = 40;
    const { sum } = await program.run({ x: view, y: engine.buffer(new Int32Array(2), [2]) });
    expect(sum?.data).toEqual(Float32Array.of(3, 43));
    view.dispose();
    expect(buffer.data?.[0]).toBe(1);
    expect(() => engine.view(buffer, [7])).toThrow("a view of shape [7] needs 7 values; the buffer has 6");
  });

  test("must have as many values as its shape", () => {
    expect(() => engine.buffer(new Float32Array(3), [2, 2])).toThrow("a buffer of shape [2, 2] needs 4 values, not 3");
    expect(() => engine.buffer(new Float32Array(3), [3], "int32")).toThrow("a int32 buffer cannot hold a Float32Array");
  });
});

test("a provider that there is none of is told with those that there are", async () => {
  const options = { provider: "gpu" } as unknown as OnnxRuntimeOptions;
  await expect(createOnnxRuntimeEngine(options)).rejects.toThrow(
    'provider is "gpu": it must be one of cpu, webgpu, cuda',
  );
});

test("the number of threads must be a whole number", async () => {
  await expect(createOnnxRuntimeEngine({ threads: 0 })).rejects.toThrow("threads is 0");
});

test("disposing an engine disposes its programs", async () => {
  const other = await createOnnxRuntimeEngine({ threads: 1 });
  const negate = await other.compile("negate", ({ x }) => ({ y: (x as Tensor).neg() }), {
    x: { shape: [1], dtype: "float32" },
  });
  other.dispose();
  await expect(negate.run({ x: other.buffer(new Float32Array(1), [1]) })).rejects.toThrow(/after dispose/);
});

test("what is made while its engine or program is disposed is given back", async () => {
  const other = await createOnnxRuntimeEngine({ threads: 1 });
  const negate = ({ x }: Readonly<Record<string, Tensor>>) => ({ y: (x as Tensor).neg() });
  const one: Specs = { x: { shape: [1], dtype: "float32" } };
  const forgotten = await other.compile("negate", negate, one);
  forgotten.forget();
  const running = forgotten.run({ x: other.buffer(new Float32Array(1), [1]) });
  forgotten.dispose();
  await expect(running).rejects.toThrow('the program "negate" was run after dispose()');
  const compiling = other.compile("late", negate, one);
  other.dispose();
  await expect(compiling).rejects.toThrow('the program "late" was compiled after its engine\'s dispose()');
});
