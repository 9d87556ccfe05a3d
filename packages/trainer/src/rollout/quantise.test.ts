import { expect, test } from "vitest";
import { blockInputs, blocksOf, type Int8Weight } from "../engine/operators/int8-product.js";
import { emptyInt8Weight, quantiseInto } from "./quantise.js";

/** weight[output][input] of what was quantised. */
function restored({ inputs, values, scales }: Int8Weight, output: number, input: number): number {
  const block = output * blocksOf(inputs) + Math.floor(input / blockInputs);
  const value = (values[block * blockInputs + (input % blockInputs)] as number) - 128;
  return value * (scales[block] as number);
}

const wave = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => Math.sin(index * 7.3) * (1 + (index % 5)));

test.each([
  [570, 32],
  [300, 96],
  [70, 33],
  [9, 20],
  [3, 20_000],
])("every weight of %i outputs and %i inputs comes back within half a step of its block", (outputs, inputs) => {
  const data = wave(outputs * inputs);
  const weight = emptyInt8Weight(outputs, inputs);
  quantiseInto(weight, [data.subarray(0, 5 * inputs), data.subarray(5 * inputs)]);
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      const step = weight.scales[output * blocksOf(inputs) + Math.floor(input / blockInputs)] as number;
      const distance = Math.abs(restored(weight, output, input) - (data[output * inputs + input] as number));
      expect(distance).toBeLessThanOrEqual(step * 0.5001);
    }
  }
});

test("a block's largest weight becomes 127 steps, and other blocks keep their own", () => {
  const data = new Float32Array(64).fill(0.5);
  data[3] = -100;
  const weight = emptyInt8Weight(1, 64);
  quantiseInto(weight, [data]);
  expect(weight.values[3]).toBe(1);
  expect(weight.scales[0]).toBeCloseTo(100 / 127, 5);
  expect(weight.values[40]).toBe(255);
  expect(weight.scales[1]).toBeCloseTo(0.5 / 127, 7);
});

test("a block of zeros stays one, and so does padding", () => {
  const weight = emptyInt8Weight(2, 40);
  quantiseInto(weight, [new Float32Array(40), new Float32Array(40).fill(1)]);
  expect([0, 39].map((input) => restored(weight, 0, input))).toEqual([0, 0]);
  expect([...weight.values.subarray(64 + 32 + 8)]).toEqual(Array.from({ length: 24 }, () => 128));
});

test.each([40, 64, 20_000])("columns of %i inputs are multiplied by their factors", (inputs) => {
  const data = wave(3 * inputs);
  const factors = wave(inputs).map((value) => Math.abs(value) + 0.1);
  const scaled = emptyInt8Weight(3, inputs);
  quantiseInto(scaled, [data], factors);
  const expected = emptyInt8Weight(3, inputs);
  quantiseInto(expected, [data.map((value, index) => Math.fround(value * (factors[index % inputs] as number)))]);
  expect(scaled.values).toEqual(expected.values);
  expect(scaled.scales).toEqual(expected.scales);
});

test("weights that are quantised again overwrite what was there", () => {
  const weight = emptyInt8Weight(3, 32);
  quantiseInto(weight, [wave(96)]);
  const once = { values: weight.values.slice(), scales: weight.scales.slice() };
  quantiseInto(weight, [new Float32Array(96).fill(4)]);
  quantiseInto(weight, [wave(96)]);
  expect(weight.values).toEqual(once.values);
  expect(weight.scales).toEqual(once.scales);
});
