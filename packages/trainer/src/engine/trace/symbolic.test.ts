/** Programs with sizes that only a run knows, run with several of them and compared with the cpu backend. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { randomNumbers } from "../decoder-step.test.fixture.js";
import type { Buffer, Specs, TensorProgram } from "../engine.js";
import { createOnnxRuntimeEngine } from "../onnxruntime/engine.js";
import { createTfjsEngine } from "../tfjs/engine.js";

type Inputs = Readonly<Record<string, Tensor>>;
const at = (inputs: Inputs, name: string) => inputs[name] as Tensor;
const float = (...shape: (number | string)[]) => ({ shape, dtype: "float32" as const });

const cases: Record<string, { specs: Specs; program: TensorProgram; sizes: Record<string, number>[] }> = {
  "heads are split and merged": {
    specs: { x: float("rows", "length", 12) },
    program: (inputs) => {
      const x = at(inputs, "x");
      const [rows, length] = x.shape as [number, number];
      const heads = x.reshape([rows, length, 3, 4]).transpose([0, 2, 1, 3]);
      return { heads, flat: heads.reshape([rows * 3, length, 4]), merged: heads.reshape([rows * length, 12]) };
    },
    sizes: [
      { rows: 2, length: 5 },
      { rows: 1, length: 1 },
      { rows: 7, length: 3 },
    ],
  },
  "decoding attends to a cache and to itself": {
    specs: { query: float("rows", 2, 1, 4), keys: float("rows", 2, "past", 4), key: float("rows", 2, 1, 4) },
    program: (inputs) => {
      const all = tf.concat([at(inputs, "keys"), at(inputs, "key")], 2);
      const weights = tf.softmax(tf.matMul(at(inputs, "query"), all, false, true));
      const [rows, , , length] = weights.shape as [number, number, number, number];
      const positions = tf.range(0, length, 1, "int32").cast("float32");
      const own = weights.slice([0, 0, 0, length - 1], [-1, -1, -1, 1]);
      return { out: tf.matMul(weights, all).reshape([rows, 8]), seen: weights.mul(positions).sum(-1), own };
    },
    sizes: [
      { rows: 2, past: 5 },
      { rows: 3, past: 0 },
      { rows: 1, past: 17 },
    ],
  },
  "a causal mask is computed from ranges": {
    specs: { x: float("length", "length") },
    program: (inputs) => {
      const x = at(inputs, "x");
      const positions = tf.range(0, x.shape[0] as number, 1, "int32");
      const seen = tf.lessEqual(positions.expandDims(0), positions.expandDims(1));
      return { y: tf.where(seen, x, tf.fill(x.shape, -9)), z: x.add(tf.zeros(x.shape)), ones: tf.onesLike(x) };
    },
    sizes: [{ length: 4 }, { length: 1 }, { length: 9 }],
  },
  "means, gradients and one-hot products know the size": {
    specs: { table: float(6, 3), ids: { shape: ["rows", "length"], dtype: "int32" } },
    program: (inputs) => {
      const ids = at(inputs, "ids");
      const loss = (table: Tensor) => tf.gather(table, ids).square().mean() as tf.Scalar;
      const { value, grads } = tf.valueAndGrads(loss)([at(inputs, "table")]);
      return { value, gradient: grads[0] as Tensor };
    },
    sizes: [
      { rows: 2, length: 3 },
      { rows: 5, length: 1 },
    ],
  },
  "cuts, paddings, tiles and joins of unknown axes": {
    specs: { x: float("rows", 3), y: float("more", 3) },
    program: (inputs) => {
      const [x, y] = [at(inputs, "x"), at(inputs, "y")];
      const joined = tf.concat([x, y, x], 0);
      const [rows, more] = [x.shape[0] as number, y.shape[0] as number];
      return {
        joined,
        flat: joined.reshape([-1]),
        middle: joined.slice([rows, 0], [more, -1]),
        tail: joined.slice([rows + more, 1], [rows, 1]),
        padded: tf.pad(x, [
          [1, more],
          [0, 0],
        ]),
        tiled: tf.tile(x.expandDims(0), [more, 1, 1]),
        first: x.slice([0, 0], [1, 3]),
        parts: tf.split(joined, [rows, more + rows], 0)[1] as Tensor,
      };
    },
    sizes: [
      { rows: 2, more: 3 },
      { rows: 4, more: 1 },
    ],
  },
};

const compiledEngine = await createOnnxRuntimeEngine({ threads: 1 });
const eagerEngine = await createTfjsEngine("cpu");

function inputsFor(specs: Specs, sizes: Record<string, number>, random: () => number): Record<string, Buffer> {
  const entries = Object.entries(specs).map(([name, { shape, dtype }]) => {
    const numbers = shape.map((size) => (typeof size === "number" ? size : (sizes[size] as number)));
    const count = numbers.reduce((a, b) => a * b, 1);
    const draw = () => (dtype === "int32" ? Math.floor((random() + 1) * 3) : random());
    const values = Array.from({ length: count }, draw);
    const data = dtype === "int32" ? Int32Array.from(values) : Float32Array.from(values);
    return [name, compiledEngine.buffer(data, numbers)] as const;
  });
  return Object.fromEntries(entries);
}

describe.each(Object.entries(cases))("%s", (_, { specs, program, sizes }) => {
  test("at every size as on the cpu backend", async () => {
    const compiled = await compiledEngine.compile("symbolic", program, specs);
    const eager = await eagerEngine.compile("symbolic", program, specs);
    for (const one of sizes) {
      const inputs = inputsFor(specs, one, randomNumbers(3));
      const [actual, expected] = [await compiled.run(inputs), await eager.run(inputs)];
      for (const [name, buffer] of Object.entries(expected)) {
        expect(actual[name]?.shape, `${name} at ${JSON.stringify(one)}`).toEqual(buffer.shape);
        const values = Array.from(actual[name]?.data ?? []);
        Array.from(buffer.data ?? []).forEach((value, i) => expect(values[i], `${name}[${i}]`).toBeCloseTo(value, 5));
      }
    }
    compiled.dispose();
  });
});
