/** Every recording kernel against TensorFlow.js's cpu backend: results and gradients. */
import * as tf from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { createOnnxRuntimeEngine } from "../onnxruntime/engine.js";
import { createTfjsEngine } from "../tfjs/engine.js";
import { expectClose, programOf, runCase, specsOf, valuesOf } from "./kernel-runs.test.fixture.js";
import { kernelCases } from "./kernels.test.fixture.js";
import { kernels, traceBackend } from "./register.js";
import { trace } from "./trace.js";

/** Reached only through functions of engine/operators/, whose own tests compare them. */
const testedElsewhere = [
  "ScatterDistinctRows",
  "RootMeanSquareNorm",
  "RotateHeads",
  "Int8Product",
  "GroupedProduct",
  "AddAt",
];

const compiledEngine = await createOnnxRuntimeEngine({ threads: 2 });
const eagerEngine = await createTfjsEngine("cpu");

test("every recording kernel has cases", () => {
  expect(Object.keys(kernelCases).toSorted()).toEqual(
    Object.keys(kernels)
      .filter((name) => !testedElsewhere.includes(name))
      .toSorted(),
  );
});

test.each(Object.entries(kernelCases))("the cases of %s reach it", (name, cases) => {
  const reached = new Set<string>();
  traceBackend();
  const kernel = tf.getKernel(name, "trace");
  const spy: tf.KernelConfig = {
    ...kernel,
    kernelFunc: (call) => {
      reached.add(name);
      return kernel.kernelFunc(call);
    },
  };
  tf.unregisterKernel(name, "trace");
  tf.registerKernel(spy);
  for (const one of cases) {
    reached.clear();
    trace("reach", programOf(one), specsOf(one));
    expect(reached.has(name)).toBe(true);
  }
  tf.unregisterKernel(name, "trace");
  tf.registerKernel(kernel);
});

describe.each(Object.entries(kernelCases))("%s", (name, cases) => {
  test.each(cases.map((one, index) => [index, one] as const))("case %i equals the cpu backend", async (index, one) => {
    const data = valuesOf(name, index, one);
    const expected = await runCase(eagerEngine, one, data);
    const actual = await runCase(compiledEngine, one, data);
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const [key, buffer] of Object.entries(expected)) expectClose(actual[key], buffer, key);
  });
});
