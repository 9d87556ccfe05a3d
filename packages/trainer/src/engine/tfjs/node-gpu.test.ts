/** The eager engine on tfjs-node-gpu against the one on TensorFlow.js's own cpu backend, and what only a device has. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { disposeAll } from "../buffers.js";
import { decoderInputs, decoderSpecs, decoderStep, decoderWeights } from "../decoder-step.test.fixture.js";
import type { Buffer, Buffers, Engine, Specs } from "../engine.js";
import { expectClose, runCase, valuesOf } from "../trace/kernel-runs.test.fixture.js";
import { type KernelCase, kernelCases } from "../trace/kernels.test.fixture.js";
import { createTfjsEngine } from "./engine.js";
import { builtNodeGpu } from "./node-gpu.test.fixture.js";

const found = await builtNodeGpu();
const node = found as Engine;
const cpu = await createTfjsEngine("cpu");

const shape = { width: 32, layers: 2, heads: 4, vocabulary: 23, length: 12, rows: 3 };
const specs = decoderSpecs(shape);
const weightNames = Object.keys(decoderWeights(shape));
const vector: Specs = { x: { shape: ["n"], dtype: "float32" } };

/** The step's inputs, its weights where the engine computes. */
const inputsOn = async (engine: Engine): Promise<Record<string, Buffer>> => {
  const inputs: Record<string, Buffer> = {};
  for (const [name, data] of Object.entries(decoderInputs(shape))) {
    const sizes = specs[name]?.shape as number[];
    inputs[name] = weightNames.includes(name) ? await engine.resident(data, sizes) : engine.buffer(data, sizes);
  }
  return inputs;
};

/** Changes the weights against their gradients; the new ones take the place of the old. */
const descend = async (engine: Engine) => {
  const step = await engine.compile("step", decoderStep(shape), specs, { keeps: (name) => name !== "loss" });
  const update = await engine.compile(
    "update",
    ({ weight, gradient }) => ({ weight: tf.sub(weight as Tensor, tf.mul(gradient as Tensor, 0.5)) }),
    Object.fromEntries(["weight", "gradient"].map((name) => [name, { shape: ["a", "b"], dtype: "float32" }])),
  );
  const inputs = await inputsOn(engine);
  return {
    inputs,
    async once(): Promise<number> {
      const { loss, ...gradients } = await step.run(inputs);
      for (const name of weightNames) {
        const [weight, gradient] = [inputs[name] as Buffer, gradients[name] as Buffer];
        if (weight.shape.length === 2) await update.run({ weight, gradient }, { weight });
      }
      disposeAll(gradients);
      return loss?.data?.[0] as number;
    },
  };
};

/** Cases that tfjs-node itself does not have, or not in this way. No program of this package has them. */
const lacking: Readonly<Record<string, (one: KernelCase, index: number) => boolean>> = {
  FloorDiv: ({ inputs }) => inputs.some(({ dtype }) => dtype === "float32"),
  GatherV2: (_, index) => index === 3,
  ...Object.fromEntries(
    ["Greater", "GreaterEqual", "Less", "LessEqual"].map((name) => [
      name,
      ({ inputs }: KernelCase) => inputs.some(({ dtype }) => dtype === "bool"),
    ]),
  ),
};

describe.skipIf(found === null)("on tfjs-node-gpu", () => {
  test.each(Object.entries(kernelCases))("%s gives what it gives on the cpu backend", async (name, cases) => {
    for (const [index, one] of cases.entries()) {
      if (lacking[name]?.(one, index) ?? false) continue;
      const data = valuesOf(name, index, one);
      const expected = await runCase(cpu, one, data);
      const actual = await runCase(node, one, data);
      for (const [key, buffer] of Object.entries(expected)) expectClose(actual[key], buffer, `case ${index} ${key}`);
    }
  });

  test("20 training steps give the losses and the weights of the cpu backend", async () => {
    const [expected, actual] = [await descend(cpu), await descend(node)];
    const losses: number[] = [];
    for (let step = 0; step < 20; step++) {
      const [wanted, loss] = [await expected.once(), await actual.once()];
      expect(Math.abs(loss - wanted)).toBeLessThan(1e-3 * wanted);
      losses.push(loss);
    }
    expect(losses.at(-1)).toBeLessThan((losses[0] as number) - 0.5);
    for (const name of weightNames) {
      const [a, b] = [await actual.inputs[name]?.read(), await expected.inputs[name]?.read()];
      const distances = Array.from(b ?? [], (value, at) => Math.abs(value - (a?.[at] as number)));
      expect(Math.max(...distances), name).toBeLessThan(1e-3);
    }
  });

  test("20 training steps leave as many tensors as there were before", async () => {
    const training = await descend(node);
    const counts: number[] = [];
    for (let step = 0; step < 20; step++) {
      await training.once();
      counts.push(tf.memory().numTensors);
    }
    expect(new Set(counts).size).toBe(1);
    const held = counts[0] as number;
    disposeAll(training.inputs);
    expect(tf.memory().numTensors).toBe(held - weightNames.length);
  });

  test("values stay with the backend until they are read, and are changed there", async () => {
    const x = await node.resident(Float32Array.of(1, 2, 3), [3]);
    expect(x.data).toBeNull();
    const twice = await node.compile("twice", ({ x: of }) => ({ y: tf.mul(of as Tensor, 2) }), vector, {
      keeps: "all",
    });
    const { y } = await twice.run({ x });
    expect(y?.data).toBeNull();
    expect(await y?.read()).toEqual(Float32Array.of(2, 4, 6));
    const more = await node.compile(
      "more",
      ({ x: of }) => ({ x: tf.add(of as Tensor, 1), sum: tf.sum(of as Tensor) }),
      vector,
    );
    const outputs = await more.run({ x }, { x });
    expect(Object.keys(outputs)).toEqual(["sum"]);
    expect(outputs["sum"]?.data?.[0]).toBe(6);
    expect(await x.read()).toEqual(Float32Array.of(2, 3, 4));
    const values = Float32Array.of(7, 8, 9);
    await x.write(values);
    values.fill(0);
    expect(await x.read()).toEqual(Float32Array.of(7, 8, 9));
    await expect(x.write(Float32Array.of(7))).rejects.toThrow("takes 3 values, not 1");
    x.dispose();
    await expect(x.read()).rejects.toThrow("used after dispose()");
  });

  test("a result that is an input is a buffer of its own", async () => {
    const same = await node.compile(
      "same",
      ({ x }) => ({ x: x as Tensor, flat: tf.reshape(x as Tensor, [1, -1]) }),
      vector,
      {
        keeps: "all",
      },
    );
    const values = Float32Array.of(1, 2);
    const inputs: Buffers[] = [{ x: node.buffer(values, [2]) }, { x: await node.resident(Float32Array.of(1, 2), [2]) }];
    const results: Buffers[] = [];
    for (const input of inputs) {
      results.push(await same.run(input));
      disposeAll(input);
    }
    values.fill(9);
    for (const { x, flat } of results) {
      expect(await x?.read()).toEqual(Float32Array.of(1, 2));
      expect(await flat?.read()).toEqual(Float32Array.of(1, 2));
    }
  });

  test("whole numbers and truth values are read as they are", async () => {
    const whole = await node.resident(Int32Array.of(-5, 2 ** 30), [2]);
    const truth = await node.resident(Uint8Array.of(1, 0, 1), [3]);
    expect(await whole.read()).toEqual(Int32Array.of(-5, 2 ** 30));
    expect(await truth.read()).toEqual(Uint8Array.of(1, 0, 1));
  });

  test("a failed run leaves no tensors", async () => {
    const failing = await node.compile(
      "failing",
      ({ x }) => ({ y: tf.mul(x as Tensor, 2), z: tf.matMul(tf.zeros([2, 3]), tf.zeros([2, 3])) }),
      vector,
      { keeps: "all" },
    );
    const before = tf.memory().numTensors;
    await expect(failing.run({ x: node.buffer(Float32Array.of(1), [1]) })).rejects.toThrow("Matrix size-incompatible");
    expect(tf.memory().numTensors).toBe(before);
  });
});
