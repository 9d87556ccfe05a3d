// The same training program, compiled and eager: values and the gradients of every weight agree.
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Buffers, Engine, Specs, Tensors } from "../engine/engine.js";
import { createOnnxRuntimeEngine } from "../engine/onnxruntime/engine.js";
import { uniqueIds } from "../engine/operators/embedding.js";
import { createTfjsEngine } from "../engine/tfjs/engine.js";
import { completionLogProbabilities } from "./log-probabilities.js";
import { weightSpecs } from "./parameters.js";
import { tinyModel, weightBuffers } from "./tiny-model.test.fixture.js";

const rows = 3;
const tokens = 7;
const ids = Int32Array.from([0, 0, 5, 6, 7, 8, 9, 3, 4, 5, 5, 5, 5, 2, 0, 9, 9, 1, 1, 0, 0]);
const positions = Int32Array.from([0, 0, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 6, 0, 0, 1, 2, 3, 0, 0]);
const keyMask = Float32Array.from([0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 0]);
const weight = Float32Array.from([1, 1, 1, 1, 0.5, -2, 1, 1, 1, 0, 0, 0]);

const engines: Engine[] = [];
beforeAll(async () => {
  engines.push(await createTfjsEngine("cpu"), await createOnnxRuntimeEngine({ threads: 2 }));
});
afterAll(() => engines.forEach((engine) => engine.dispose()));

describe.each([
  ["llama", {}],
  ["qwen2, tied", { model_type: "qwen2", tie_word_embeddings: true }],
  ["gemma3", { model_type: "gemma3_text", head_dim: 8, sliding_window: 3, query_pre_attn_scalar: 8 }],
])("%s", (_, changes) => {
  const { config, parameters } = tinyModel(changes);
  const names = Object.keys(parameters);
  const unique = uniqueIds(ids, config.vocabularySize, 4);

  const program = (withUnique: boolean) => (inputs: Tensors) => {
    const given = (name: string) => inputs[name] as Tensor;
    const loss = (...tensors: Tensor[]) => {
      const weights = Object.fromEntries(names.map((name, index) => [name, tensors[index] as Tensor]));
      const sequence = {
        ids: given("ids"),
        positions: given("positions"),
        keyMask: given("keyMask"),
        ...(withUnique ? { unique: { uniqueIds: given("uniqueIds"), inverse: given("inverse") } } : {}),
      };
      const options = { completionTokens: 4, temperature: 0.7, differentiableEntropy: true };
      const { logProbabilities, entropies } = completionLogProbabilities(config, weights, sequence, options);
      return tf.sum(tf.mul(tf.add(logProbabilities, tf.mul(entropies, 0.1)), given("weight"))).asScalar();
    };
    const { value, grads } = tf.valueAndGrads(loss)(names.map(given));
    return { loss: value, ...Object.fromEntries(names.map((name, index) => [name, grads[index] as Tensor])) };
  };

  const run = async (engine: Engine, withUnique: boolean): Promise<Record<string, ArrayLike<number>>> => {
    const specs: Specs = {
      ...weightSpecs(config),
      ids: { shape: [rows, tokens], dtype: "int32" },
      positions: { shape: [rows, tokens], dtype: "int32" },
      keyMask: { shape: [rows, tokens], dtype: "float32" },
      weight: { shape: [rows, 4], dtype: "float32" },
      ...(withUnique
        ? {
            uniqueIds: { shape: [unique.uniqueIds.length], dtype: "int32" },
            inverse: { shape: [rows, tokens], dtype: "int32" },
          }
        : {}),
    };
    const buffers: Buffers = {
      ...weightBuffers(engine, parameters),
      ids: engine.buffer(ids.slice(), [rows, tokens]),
      positions: engine.buffer(positions.slice(), [rows, tokens]),
      keyMask: engine.buffer(keyMask.slice(), [rows, tokens]),
      weight: engine.buffer(weight.slice(), [rows, 4]),
      uniqueIds: engine.buffer(unique.uniqueIds.slice(), [unique.uniqueIds.length]),
      inverse: engine.buffer(unique.inverse.slice(), [rows, tokens]),
    };
    const compiled = await engine.compile("test", program(withUnique), specs);
    const outputs = await compiled.run(buffers);
    const read = await Promise.all(Object.entries(outputs).map(async ([name, b]) => [name, await b.read()] as const));
    return Object.fromEntries(read);
  };

  test("gives the same loss and gradients on every engine, with distinct ids and without", async () => {
    const [eager, compiled] = engines as [Engine, Engine];
    const expected = await run(eager, false);
    for (const actual of [await run(eager, true), await run(compiled, false), await run(compiled, true)]) {
      expect(Object.keys(actual)).toEqual(Object.keys(expected));
      for (const [name, values] of Object.entries(expected)) {
        const largest = Math.max(...Array.from(values, Math.abs), 1e-3);
        const other = actual[name] as ArrayLike<number>;
        const difference = Math.max(
          ...Array.from(values, (value, index) => Math.abs(value - (other[index] as number))),
        );
        expect(difference / largest, name).toBeLessThan(1e-4);
      }
    }
  });
});
