/** The eager engine: the same programs, nothing left behind. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import { decoderInputs, decoderSpecs, decoderStep } from "../decoder-step.test.fixture.js";
import { createTfjsEngine } from "./engine.js";

const shape = { width: 8, layers: 1, heads: 2, vocabulary: 5, length: 3, rows: 2 };

test("runs leave no tensors behind", async () => {
  const engine = await createTfjsEngine("cpu");
  const specs = decoderSpecs(shape);
  const program = await engine.compile("step", decoderStep(shape), specs);
  const inputs = Object.fromEntries(
    Object.entries(decoderInputs(shape)).map(([name, data]) => [
      name,
      engine.buffer(data, specs[name]?.shape as number[]),
    ]),
  );
  await program.run(inputs);
  const before = tf.memory().numTensors;
  for (let run = 0; run < 3; run += 1) await program.run(inputs);
  expect(tf.memory().numTensors).toBe(before);
});

test("a result that is an input is a copy of it", async () => {
  const engine = await createTfjsEngine("cpu");
  const program = await engine.compile("same", ({ x }) => ({ x: x as Tensor, flat: (x as Tensor).reshape([4]) }), {
    x: { shape: [2, 2], dtype: "float32" },
  });
  const x = engine.buffer(Float32Array.of(1, 2, 3, 4), [2, 2]);
  const outputs = await program.run({ x });
  outputs["x"]?.data?.fill(9);
  outputs["flat"]?.data?.fill(9);
  expect(x.data).toEqual(Float32Array.of(1, 2, 3, 4));
});

test("constants need not be passed again", async () => {
  const engine = await createTfjsEngine("cpu");
  const vector = { shape: [1], dtype: "float32" as const };
  const w = engine.buffer(Float32Array.of(5), [1]);
  const program = await engine.compile(
    "scale",
    ({ x, w: by }) => ({ y: (x as Tensor).mul(by as Tensor) }),
    { x: vector, w: vector },
    {
      constants: { w },
    },
  );
  expect((await program.run({ x: engine.buffer(Float32Array.of(2), [1]) }))["y"]?.data?.[0]).toBe(10);
});

test("leaves the backend that was active active", async () => {
  await tf.setBackend("cpu");
  await createTfjsEngine("cpu");
  expect(tf.getBackend()).toBe("cpu");
});

test("an unknown backend is named", async () => {
  await expect(createTfjsEngine("abacus")).rejects.toThrow('TensorFlow.js has no working backend "abacus"');
});

test("the optional CUDA package is named when it is missing", async () => {
  await expect(createTfjsEngine("tensorflow")).rejects.toThrow(/@tensorflow\/tfjs-node-gpu/);
});
