/** The gradient of an embedding whose ids repeat, by the product over all ids and by distinct ids. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { InferenceSession, Tensor as OnnxTensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { randomNumbers } from "../decoder-step.test.fixture.js";
import type { Engine, Specs, TensorProgram, TensorSpec, TypedArray } from "../engine.js";
import { createOnnxRuntimeEngine } from "../onnxruntime/engine.js";
import { createTfjsEngine } from "../tfjs/engine.js";
import { trace } from "../trace/trace.js";
import { embedding, uniqueIds } from "./embedding.js";

const [vocabulary, width, distinct, repeats] = [61, 24, 20, 50];
const count = distinct * repeats;
const random = randomNumbers(11);
const ids = Int32Array.from({ length: count }, (_, index) => ((index * 7) % distinct) * 3);
const unique = uniqueIds(ids, vocabulary, 16);
const places = unique.uniqueIds.length;

const specs: Specs = {
  table: { shape: [vocabulary, width], dtype: "float32" },
  ids: { shape: [count], dtype: "int32" },
  uniqueIds: { shape: [places], dtype: "int32" },
  inverse: { shape: [count], dtype: "int32" },
  weights: { shape: [count, width], dtype: "float32" },
};
const values: Record<string, TypedArray> = {
  table: Float32Array.from({ length: vocabulary * width }, random),
  ids,
  ...unique,
  weights: Float32Array.from({ length: count * width }, random),
};

type Look = (given: (name: string) => Tensor, table: Tensor) => Tensor;

const looks: Record<string, Look> = {
  "of tf.gather": (given, table) => tf.gather(table, given("ids")),
  "of embedding": (given, table) => embedding(table, given("ids")),
  "of embedding of ids that the program computed": (given, table) =>
    embedding(table, given("ids").reshape([repeats, -1]).flatten()),
  "of embedding by distinct ids": (given, table) =>
    embedding(table, given("ids"), { uniqueIds: given("uniqueIds"), inverse: given("inverse") }),
};

const programOf =
  (look: Look): TensorProgram =>
  (inputs) => {
    const given = (name: string) => inputs[name] as Tensor;
    const loss = (table: Tensor) => look(given, table).mul(given("weights")).sum() as tf.Scalar;
    const { value, grads } = tf.valueAndGrads(loss)([given("table")]);
    return { value, gradient: grads[0] as Tensor };
  };

async function gradients(engine: Engine, program: TensorProgram, runs: number): Promise<TypedArray[]> {
  const compiled = await engine.compile("embedding", program, specs);
  const inputs = Object.fromEntries(
    Object.entries(values).map(([name, data]) => [name, engine.buffer(data, specs[name]?.shape as number[])]),
  );
  const results: TypedArray[] = [];
  for (let run = 0; run < runs; run += 1) results.push((await compiled.run(inputs))["gradient"]?.data as TypedArray);
  compiled.dispose();
  return results;
}

describe.each(Object.entries(looks))("the gradient %s", (_, look) => {
  const program = programOf(look);

  test("equals the cpu backend's with every id repeated 50 times", async () => {
    const [expected] = await gradients(await createTfjsEngine("cpu"), program, 1);
    const [actual] = await gradients(await createOnnxRuntimeEngine({ threads: 2 }), program, 1);
    expected?.forEach((value, index) => {
      expect(Math.abs((actual?.[index] as number) - value)).toBeLessThanOrEqual(Math.max(1e-5, 1e-4 * Math.abs(value)));
    });
  });

  test("has the same bits in 100 runs on two threads", async () => {
    const [first, ...others] = await gradients(await createOnnxRuntimeEngine({ threads: 2 }), program, 100);
    expect(others.every((other) => Buffer.from(other.buffer).equals(Buffer.from((first as TypedArray).buffer)))).toBe(
      true,
    );
  });
});

test("the gradient by distinct ids is the same where the table is more than is scattered to", async () => {
  const look = looks["of embedding by distinct ids"] as Look;
  const [expected] = await gradients(await createTfjsEngine("cpu"), programOf(look), 1);
  const traced = trace("embedding", programOf(look), specs, { mostScattered: 4 * vocabulary * width - 1 });
  const session = await InferenceSession.create(traced.bytes);
  const feeds = traced.inputs.map((name) => {
    const { shape, dtype } = specs[name] as TensorSpec;
    return [name, new OnnxTensor(dtype, values[name] as TypedArray, shape as number[])] as const;
  });
  const results = await session.run(Object.fromEntries(feeds));
  const output = traced.outputs.find(({ key }) => key === "gradient")?.name as string;
  const actual = results[output]?.data as Float32Array;
  expect(actual).toHaveLength(vocabulary * width);
  expected?.forEach((value, index) => expect(actual[index]).toBeCloseTo(value, 4));
});

describe("uniqueIds", () => {
  test("restores every id from its place", () => {
    expect(Array.from(unique.inverse, (place) => unique.uniqueIds[place])).toEqual(Array.from(ids));
  });

  test("pads with distinct ids to a multiple of the bucket, at most the vocabulary", () => {
    expect(places).toBe(32);
    expect(new Set(unique.uniqueIds).size).toBe(32);
    expect(uniqueIds(Int32Array.of(2, 2, 0), 5, 16).uniqueIds).toHaveLength(5);
  });

  test("refuses an id outside of the vocabulary", () => {
    expect(() => uniqueIds(Int32Array.of(1, 9), 9, 4)).toThrow("the id 9 lies outside of a vocabulary of 9");
  });
});
