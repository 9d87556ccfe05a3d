/** What recording promises: clear errors, nothing left behind, nothing baked in. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { decoderSpecs, decoderStep } from "../decoder-step.test.fixture.js";
import type { Specs } from "../engine.js";
import { stopGradient } from "../operators/stop-gradient.js";
import { createTfjsEngine } from "../tfjs/engine.js";
import type { LackedOperator } from "./graph.js";
import { trace } from "./trace.js";

// Selects the cpu backend and spares its advertisement.
await createTfjsEngine("cpu");

const vector: Specs = { x: { shape: [4], dtype: "float32" } };
const at = (inputs: Readonly<Record<string, Tensor>>, name: string) => inputs[name] as Tensor;

describe("trace", () => {
  test("leaves the active backend and the number of tensors as they were", async () => {
    await tf.setBackend("cpu");
    const gradient = tf.getGradient("Sum");
    const before = tf.memory().numTensors;
    trace("step", decoderStep({ width: 8, layers: 1, heads: 2, vocabulary: 5, length: 3, rows: 2 }), {
      ...decoderSpecs({ width: 8, layers: 1, heads: 2, vocabulary: 5, length: 3, rows: 2 }),
    });
    expect(tf.getBackend()).toBe("cpu");
    expect(tf.memory().numTensors).toBe(before);
    expect(tf.getGradient("Sum")).toBe(gradient);
  });

  test("restores the backend when the program throws", async () => {
    await tf.setBackend("cpu");
    const fail = () => {
      throw new Error("on purpose");
    };
    expect(() => trace("fails", fail, vector)).toThrow("on purpose");
    expect(tf.getBackend()).toBe("cpu");
    expect(Array.from(tf.tensor([1, 2]).add(1).dataSync())).toEqual([2, 3]);
  });

  test("a program that reads values fails with the operator's name", () => {
    const reads = (inputs: Readonly<Record<string, Tensor>>) => ({
      y: tf.scalar(tf.exp(at(inputs, "x")).dataSync()[0] ?? 0),
    });
    expect(() => trace("reads", reads, vector)).toThrow(/reads the values of the result of Exp \(shape \[4\]\)/);
  });

  test("an operator without a recording kernel fails with its name", () => {
    expect(() => trace("atan", (inputs) => ({ y: tf.atan(at(inputs, "x")) }), vector)).toThrow(
      /the program "atan" uses the operator Atan, which cannot be recorded/,
    );
  });

  test("a tensor of another recording is refused", () => {
    let leaked: Tensor | undefined;
    trace("first", (inputs) => ({ y: (leaked = tf.keep(at(inputs, "x").add(1))) }), vector);
    expect(() => trace("second", (inputs) => ({ y: at(inputs, "x").mul(leaked as Tensor) }), vector)).toThrow(
      /Multiply uses a tensor of another recording \(the result of Add/,
    );
    leaked?.dispose();
  });

  test("recordings nest", () => {
    const outer = trace(
      "outer",
      (inputs) => {
        const y = at(inputs, "x").add(1);
        trace("inner", (own) => ({ z: at(own, "x").mul(2) }), vector);
        return { y: y.mul(3) };
      },
      vector,
    );
    expect(outer.nodeCount).toBe(2);
  });

  test("constants of another backend serve in a recording and afterwards", async () => {
    await tf.setBackend("cpu");
    const constant = tf.tensor1d([1, 2, 3, 4]);
    const traced = trace("constant", (inputs) => ({ y: at(inputs, "x").mul(constant) }), vector);
    expect(traced.nodeCount).toBe(1);
    expect(Array.from(constant.add(1).dataSync())).toEqual([2, 3, 4, 5]);
    constant.dispose();
  });

  test("equal constants are held once", () => {
    const table = () => tf.tensor(Float32Array.from({ length: 4000 }, (_, i) => i % 7));
    const specs: Specs = { x: { shape: [4000], dtype: "float32" } };
    const once = trace("once", (inputs) => ({ y: at(inputs, "x").mul(table()) }), specs);
    const twice = trace("twice", (inputs) => ({ y: at(inputs, "x").mul(table()).add(table()) }), specs);
    expect(twice.bytes.byteLength - once.bytes.byteLength).toBeLessThan(200);
  });

  test("tensors of one value cost no space", () => {
    const specs: Specs = { x: { shape: [1000, 1000], dtype: "float32" } };
    const filled = trace("filled", (inputs) => ({ y: at(inputs, "x").mul(tf.zeros([1000, 1000]).add(3)) }), specs);
    expect(filled.bytes.byteLength).toBeLessThan(1000);
  });

  test("nothing is recorded below a stopped gradient", () => {
    const deep = (x: Tensor) => x.exp().sin().mul(x).sum();
    const stopped = trace(
      "stopped",
      (inputs) => {
        const { value, grads } = tf.valueAndGrads((x: Tensor) => stopGradient(deep(x)).add(x.sum()) as tf.Scalar)([
          at(inputs, "x"),
        ]);
        return { value, gradient: grads[0] as Tensor };
      },
      vector,
    );
    const forward = trace("forward", (inputs) => ({ y: deep(at(inputs, "x")).add(at(inputs, "x").sum()) }), vector);
    // The gradient is a tensor of ones: one Expand more.
    expect(stopped.nodeCount).toBe(forward.nodeCount + 1);
  });

  test("batched products are Transpose and MatMul where the provider has no FusedMatMul", () => {
    const specs: Specs = { x: { shape: [2, 3, 4], dtype: "float32" } };
    const square = (inputs: Readonly<Record<string, Tensor>>) => ({
      y: tf.matMul(at(inputs, "x"), at(inputs, "x"), false, true),
    });
    const operators = (lacks: readonly LackedOperator[]) => {
      const text = Buffer.from(trace("square", square, specs, { lacks: new Set(lacks) }).bytes).toString("latin1");
      return ["FusedMatMul_", "Transpose_", "/MatMul_"].map((operator) => text.includes(operator));
    };
    expect(operators([])).toEqual([true, false, false]);
    expect(operators(["FusedMatMul"])).toEqual([false, true, true]);
  });

  test("of several reshapes in a row the last alone is computed", () => {
    const specs: Specs = { x: { shape: ["rows", 12], dtype: "float32" } };
    const split = trace("split", (inputs) => ({ y: at(inputs, "x").neg().reshape([-1, 3, 4]).exp() }), specs);
    const more = trace(
      "more",
      (inputs) => {
        const apart = at(inputs, "x").neg().reshape([-1, 2, 6]).reshape([-1, 12]);
        return { y: apart.reshape([-1, 1, 12]).reshape([-1, 3, 4]).exp() };
      },
      specs,
    );
    expect(more.nodeCount).toBe(split.nodeCount);
  });

  test("too many symbolic sizes are refused", () => {
    const specs: Specs = { x: { shape: ["a", "b", "c", "d", "e"], dtype: "float32" } };
    expect(() => trace("many", (inputs) => ({ y: at(inputs, "x").neg() }), specs)).toThrow(/has 5 symbolic sizes/);
  });

  test("arithmetic on a symbolic size outside of shapes is refused", () => {
    const specs: Specs = { x: { shape: ["length"], dtype: "float32" } };
    const baked = (inputs: Readonly<Record<string, Tensor>>) => ({ y: at(inputs, "x").mul(1 / at(inputs, "x").size) });
    expect(() => trace("baked", baked, specs)).toThrow(/computes with the number that stands for a symbolic size/);
  });

  test("a constant in a symbolic shape is refused", () => {
    const specs: Specs = { x: { shape: ["length"], dtype: "float32" } };
    const table = (inputs: Readonly<Record<string, Tensor>>) => {
      const x = at(inputs, "x");
      return { y: x.mul(tf.tensor1d(Float32Array.from({ length: x.size }, (_, i) => i))) };
    };
    expect(() => trace("table", table, specs)).toThrow(/a constant's shape depends on a symbolic size \(length\)/);
  });
});
