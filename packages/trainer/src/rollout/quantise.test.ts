import { expect, test } from "vitest";
import { quantiseWeight } from "./quantise.js";

/** weight[output][input] of what was quantised. */
function restored({ weight }: ReturnType<typeof quantiseWeight>, output: number, input: number): number {
  const value = (weight.values[input * weight.outputs + output] as number) - (weight.zeroPoints[output] as number);
  return value * (weight.scales[output] as number);
}

test("every weight comes back within half a step of its channel", () => {
  const [outputs, inputs] = [570, 33];
  const data = Float32Array.from({ length: outputs * inputs }, (_, index) => Math.sin(index * 7.3) * (1 + (index % 5)));
  const quantised = quantiseWeight([data.subarray(0, 20 * inputs), data.subarray(20 * inputs)], inputs);
  for (let output = 0; output < outputs; output++) {
    const step = quantised.weight.scales[output] as number;
    for (let input = 0; input < inputs; input++) {
      const distance = Math.abs(restored(quantised, output, input) - (data[output * inputs + input] as number));
      expect(distance).toBeLessThanOrEqual(step * 0.5001);
    }
  }
});

test("inputs that stay apart are 0, come back as they were, and do not widen the channel's steps", () => {
  const data = Float32Array.of(1, 100, -2, 3, -50, 0.5);
  const quantised = quantiseWeight([data], 3, Int32Array.of(1));
  expect([...quantised.columns]).toEqual([100, -50]);
  expect(restored(quantised, 0, 1)).toBe(0);
  expect(quantised.weight.scales[0]).toBeCloseTo(2 / 127, 7);
  expect(restored(quantised, 1, 0)).toBeCloseTo(3, 6);
});

test("a channel of zeros stays one", () => {
  const quantised = quantiseWeight([new Float32Array(4)], 2);
  expect([0, 1].map((input) => restored(quantised, 1, input))).toEqual([0, 0]);
});
