/** Every recording kernel against TensorFlow.js's cpu backend: results and gradients. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import { randomNumbers } from "../decoder-step.test.fixture.js";
import type { Buffer, Engine, Specs, TensorProgram, TypedArray } from "../engine.js";
import { createOnnxRuntimeEngine } from "../onnxruntime/engine.js";
import { createTfjsEngine } from "../tfjs/engine.js";
import { type KernelCase, type KernelInput, kernelCases } from "./kernels.test.fixture.js";
import { kernels, traceBackend } from "./register.js";
import { trace } from "./trace.js";

/** Reached only through functions of engine/operators/, whose own tests compare them. */
const testedElsewhere = ["ScatterDistinctRows", "RootMeanSquareNorm", "RotateHeads", "Int8Product", "GroupedProduct"];

const compiledEngine = await createOnnxRuntimeEngine({ threads: 2 });
const eagerEngine = await createTfjsEngine("cpu");

const specsOf = ({ inputs }: KernelCase): Specs =>
  Object.fromEntries(inputs.map(({ shape, dtype }, index) => [`input${index}`, { shape, dtype }]));

function values({ shape, dtype, low, high }: KernelInput, random: () => number): TypedArray {
  const count = shape.reduce((a, b) => a * b, 1);
  const draw = () => low + ((random() + 1) / 2) * (high - low);
  if (dtype === "float32") return Float32Array.from({ length: count }, draw);
  const integers = Array.from({ length: count }, () => Math.floor(draw()));
  return dtype === "int32" ? Int32Array.from(integers) : Uint8Array.from(integers);
}

/** The case's results, then the gradients of a weighted sum of its float results by its float inputs. */
function programOf({ inputs, program, withoutGradient }: KernelCase): TensorProgram {
  const forward = (given: Tensor[]) => [program(...given)].flat();
  return (tensors) => {
    const given = inputs.map((_, index) => tensors[`input${index}`] as Tensor);
    const results = forward(given);
    const floats = results.flatMap((result, index) => (result.dtype === "float32" ? [index] : []));
    const wanted = inputs.flatMap((input, index) => (input.dtype === "float32" ? [index] : []));
    const gradients: Record<string, Tensor> = {};
    if (withoutGradient === undefined && wanted.length > 0 && floats.length > 0) {
      const loss = (...xs: Tensor[]) => {
        const mixed = given.map((tensor, index) =>
          wanted.includes(index) ? (xs[wanted.indexOf(index)] as Tensor) : tensor,
        );
        const outputs = forward(mixed);
        const weigh = (x: Tensor) =>
          x
            .mul(
              tf
                .range(1, x.size + 1)
                .reshape(x.shape)
                .div(3),
            )
            .sum();
        return floats.map((index) => weigh(outputs[index] as Tensor)).reduce((a, b) => a.add(b)) as tf.Scalar;
      };
      const { grads } = tf.valueAndGrads(loss)(wanted.map((index) => given[index] as Tensor));
      grads.forEach((gradient, index) => (gradients[`gradient${wanted[index]}`] = gradient));
    }
    return { ...Object.fromEntries(results.map((result, index) => [`result${index}`, result])), ...gradients };
  };
}

async function run(engine: Engine, one: KernelCase, data: readonly TypedArray[]): Promise<Record<string, Buffer>> {
  const program = await engine.compile("kernel", programOf(one), specsOf(one));
  const inputs = one.inputs.map(({ shape }, index) => [
    `input${index}`,
    engine.buffer(data[index] as TypedArray, shape),
  ]);
  const outputs = await program.run(Object.fromEntries(inputs) as Record<string, Buffer>);
  program.dispose();
  return outputs;
}

function expectClose(actual: Buffer | undefined, expected: Buffer, name: string): void {
  expect(actual?.shape, name).toEqual(expected.shape);
  expect(actual?.dtype, name).toBe(expected.dtype);
  Array.from(expected.data ?? []).forEach((value, index) => {
    const distance = Math.abs((actual?.data?.[index] as number) - value);
    expect(distance, `${name}[${index}] of ${value}`).toBeLessThanOrEqual(Math.max(1e-5, 1e-4 * Math.abs(value)));
  });
}

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
    const random = randomNumbers(1000 + 17 * index + name.length);
    const data = one.inputs.map((input) => values(input, random));
    const expected = await run(eagerEngine, one, data);
    const actual = await run(compiledEngine, one, data);
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const [key, buffer] of Object.entries(expected)) expectClose(actual[key], buffer, key);
  });
});
