/** Operators with kernels of their own in recorded programs, against the same functions composed of plain ones. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import { randomNumbers } from "../decoder-step.test.fixture.js";
import type { Engine, TensorProgram, TypedArray } from "../engine.js";
import { createOnnxRuntimeEngine } from "../onnxruntime/engine.js";
import { softwareGpu } from "../onnxruntime/software-gpu.test.fixture.js";
import { createTfjsEngine } from "../tfjs/engine.js";
import { addAt } from "./add-at.js";
import { groupedProduct } from "./grouped-product.js";
import { blocksOf, int8Product, type Int8Weight } from "./int8-product.js";
import { rootMeanSquareNorm } from "./root-mean-square-norm.js";
import { rotateHeads } from "./rotate-heads.js";

const compiled = await createOnnxRuntimeEngine({ threads: 1 });
const device = await softwareGpu();
const eager = await createTfjsEngine("cpu");
const random = randomNumbers(5);
const floats = (count: number, scale = 1): Float32Array => Float32Array.from({ length: count }, () => random() * scale);

type Given = Readonly<Record<string, { readonly data: TypedArray; readonly shape: readonly number[] }>>;

/** The first axis is a symbol, as in a rollout program. */
async function run(engine: Engine, program: (inputs: Record<string, Tensor>) => Tensor, given: Given) {
  const specs = Object.fromEntries(
    Object.entries(given).map(([name, { shape }]) => [
      name,
      { shape: shape.length === 1 ? shape : ["rows", ...shape.slice(1)], dtype: "float32" as const },
    ]),
  );
  const wrapped: TensorProgram = (inputs) => ({ result: program(inputs as Record<string, Tensor>) });
  const made = await engine.compile("operator", wrapped, specs);
  const inputs = Object.fromEntries(
    Object.entries(given).map(([name, { data, shape }]) => [name, engine.buffer(data, shape)]),
  );
  const { result } = await made.run(inputs);
  made.dispose();
  return result?.data as Float32Array;
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const distances = Array.from(actual, (value, index) => Math.abs(value - (expected[index] as number)));
  expect(Math.max(...distances)).toBeLessThan(tolerance);
}

async function expectSame(
  program: (inputs: Record<string, Tensor>) => Tensor,
  given: Given,
  tolerance = 1e-5,
  onDevice = true,
) {
  const expected = await run(eager, program, given);
  expectClose(await run(compiled, program, given), expected, tolerance);
  if (device && onDevice) expectClose(await run(device, program, given), expected, tolerance);
}

test("a norm has the values of the plain composition", () =>
  expectSame(({ x, gain }) => rootMeanSquareNorm(x as Tensor, gain as Tensor, 1e-5), {
    x: { data: floats(3 * 32, 4), shape: [3, 32] },
    gain: { data: floats(32), shape: [32] },
  }));

test("a norm of a sum leaves the sum to others", () =>
  expectSame(
    ({ x, y, gain }) => {
      const sum = tf.add(x as Tensor, y as Tensor);
      return tf.mul(rootMeanSquareNorm(sum, gain as Tensor, 1e-5), sum);
    },
    {
      x: { data: floats(3 * 32, 4), shape: [3, 32] },
      y: { data: floats(3 * 32, 4), shape: [3, 32] },
      gain: { data: floats(32), shape: [32] },
    },
    1e-4,
  ));

test("each row's heads are turned by the row's own angles", () =>
  expectSame(({ x, angles }) => rotateHeads(x as Tensor, tf.cos(angles as Tensor), tf.sin(angles as Tensor), 3), {
    x: { data: floats(4 * 24), shape: [4, 24] },
    angles: { data: floats(4 * 4, 9), shape: [4, 4] },
  }));

test("slices are added at the places that indices name", () => {
  const places = tf.tensor3d([0, 0, 2, 0, 1, 0, 1, 2, 2, 1, 0, 1], [2, 2, 3], "int32");
  return expectSame(({ x, updates }) => addAt(x as Tensor, places, updates as Tensor), {
    x: { data: floats(2 * 3 * 3 * 4), shape: [2, 3, 3, 4] },
    updates: { data: floats(2 * 2 * 4), shape: [2, 2, 4] },
  });
});

test("the gradient of turned heads turns back", async () => {
  const given = {
    x: { data: floats(4 * 24), shape: [4, 24] },
    slope: { data: floats(4 * 24), shape: [4, 24] },
    angles: { data: floats(4 * 4, 9), shape: [4, 4] },
  };
  for (const engine of [compiled, eager]) {
    const gradient = await run(
      engine,
      ({ x, slope, angles }) => {
        const turn = (input: Tensor) => rotateHeads(input, tf.cos(angles as Tensor), tf.sin(angles as Tensor), 3);
        return tf.grad(turn)(x as Tensor, turn(slope as Tensor));
      },
      given,
    );
    expectClose(gradient, given.slope.data, 1e-5);
  }
});

test.each([true, false])("each head of a group meets the group's own matrix (turned: %s)", (turned) =>
  expectSame(({ x, y }) => groupedProduct(x as Tensor, y as Tensor, turned), {
    x: { data: floats(2 * 2 * 3 * 4), shape: [2, 2, 3, 1, 4] },
    y: { data: floats(2 * 2 * 5 * 4), shape: turned ? [2, 2, 1, 5, 4] : [2, 2, 1, 4, 5] },
  }),
);

const [inputs, outputs] = [80, 20];
const weightOf = (values: Uint8Array): Int8Weight => ({
  inputs,
  outputs,
  values,
  scales: floats(outputs * blocksOf(inputs), 0.01).map(Math.abs),
});
const weight = weightOf(Uint8Array.from({ length: outputs * blocksOf(inputs) * 32 }, () => 128 + random() * 127));

test("a product in 8 bits is that of the plain composition, also where the last block is not full", () =>
  expectSame(
    ({ x }) => int8Product(x as Tensor, "w", weight),
    { x: { data: floats(5 * inputs, 3), shape: [5, inputs] } },
    0.02,
    // A GPU's product leaves the activations as they are.
    false,
  ));

test("integer products are exact where all numbers are as large as they can be", async () => {
  const extreme = weightOf(new Uint8Array(weight.values.length).fill(255));
  const x = new Float32Array(8 * inputs).fill(1);
  const result = await run(compiled, (given) => int8Product(given["x"] as Tensor, "w", extreme), {
    x: { data: x, shape: [8, inputs] },
  });
  const blocks = blocksOf(inputs);
  const expected = Array.from({ length: 8 * outputs }, (_, at) => {
    const scales = extreme.scales.subarray((at % outputs) * blocks, ((at % outputs) + 1) * blocks);
    return scales.reduce((sum, scale, block) => sum + scale * 127 * Math.min(32, inputs - 32 * block), 0);
  });
  expectClose(result, expected, 1e-3);
});

test("a row's product does not depend on a row of much larger numbers beside it", async () => {
  const [small, large] = [floats(inputs, 0.01), floats(inputs, 1000)];
  const product = (data: Float32Array, rows: number) =>
    run(compiled, ({ x }) => int8Product(x as Tensor, "w", weight), { x: { data, shape: [rows, inputs] } });
  const together = await product(Float32Array.of(...small, ...large), 2);
  const alone = await product(small, 1);
  const exact = Array.from({ length: outputs }, (_, output) =>
    small.reduce((sum, value, input) => {
      const block = output * blocksOf(inputs) + Math.floor(input / 32);
      const centred = (weight.values[block * 32 + (input % 32)] as number) - 128;
      return sum + value * centred * (weight.scales[block] as number);
    }, 0),
  );
  const largest = Math.max(...exact.map(Math.abs));
  expectClose(together.subarray(0, outputs), exact, largest / 50);
  expectClose(alone, exact, largest / 50);
});
