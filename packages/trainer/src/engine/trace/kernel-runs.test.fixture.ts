/** Runs the cases of the recording kernels on an engine, and compares what two engines give. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { expect } from "vitest";
import { randomNumbers } from "../decoder-step.test.fixture.js";
import type { Buffer, Engine, Specs, TensorProgram, TypedArray } from "../engine.js";
import type { KernelCase, KernelInput } from "./kernels.test.fixture.js";

export const specsOf = ({ inputs }: KernelCase): Specs =>
  Object.fromEntries(inputs.map(({ shape, dtype }, index) => [`input${index}`, { shape, dtype }]));

function values({ shape, dtype, low, high }: KernelInput, random: () => number): TypedArray {
  const count = shape.reduce((a, b) => a * b, 1);
  const draw = () => low + ((random() + 1) / 2) * (high - low);
  if (dtype === "float32") return Float32Array.from({ length: count }, draw);
  const integers = Array.from({ length: count }, () => Math.floor(draw()));
  return dtype === "int32" ? Int32Array.from(integers) : Uint8Array.from(integers);
}

/** The case's results, then the gradients of a weighted sum of its float results by its float inputs. */
export function programOf({ inputs, program, withoutGradient }: KernelCase): TensorProgram {
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

/** The random inputs of one case of a kernel. */
export function valuesOf(name: string, index: number, { inputs }: KernelCase): TypedArray[] {
  const random = randomNumbers(1000 + 17 * index + name.length);
  return inputs.map((input) => values(input, random));
}

export async function runCase(
  engine: Engine,
  one: KernelCase,
  data: readonly TypedArray[],
): Promise<Record<string, Buffer>> {
  const program = await engine.compile("kernel", programOf(one), specsOf(one));
  const inputs = one.inputs.map(({ shape }, index) => [
    `input${index}`,
    engine.buffer(data[index] as TypedArray, shape),
  ]);
  const outputs = await program.run(Object.fromEntries(inputs) as Record<string, Buffer>);
  program.dispose();
  return outputs;
}

export function expectClose(actual: Buffer | undefined, expected: Buffer, name: string): void {
  expect(actual?.shape, name).toEqual(expected.shape);
  expect(actual?.dtype, name).toBe(expected.dtype);
  Array.from(expected.data ?? []).forEach((value, index) => {
    const distance = Math.abs((actual?.data?.[index] as number) - value);
    expect(distance, `${name}[${index}] of ${value}`).toBeLessThanOrEqual(Math.max(1e-5, 1e-4 * Math.abs(value)));
  });
}
