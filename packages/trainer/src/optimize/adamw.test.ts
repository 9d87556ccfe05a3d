import { describe, expect, test } from "vitest";
import { adamWStep, createMoments, decaysWeight, type AdamWOptions } from "./adamw.js";

const options: AdamWOptions = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };

test("the first step moves each value by the learning rate against its gradient's sign", () => {
  const values = Float32Array.of(1, -2, 3);
  adamWStep(values, Float32Array.of(0.5, -1e-3, 0), createMoments(3), 1, options);
  expect(values[0]).toBeCloseTo(0.9, 6);
  expect(values[1]).toBeCloseTo(-1.9, 4);
  expect(values[2]).toBe(3);
});

test("several steps follow the formula of the paper", () => {
  const values = Float32Array.of(0.7);
  const moments = createMoments(1);
  const settings = { ...options, weightDecay: 0.2, beta2: 0.95, epsilon: 1e-3 };
  let [value, m, v] = [0.7, 0, 0];
  [0.3, -0.8, 0.1, 2].forEach((gradient, index) => {
    adamWStep(values, Float32Array.of(gradient), moments, index + 1, settings);
    value -= 0.1 * 0.2 * value;
    m = 0.9 * m + 0.1 * gradient;
    v = 0.95 * v + 0.05 * gradient ** 2;
    const corrected = [m / (1 - 0.9 ** (index + 1)), v / (1 - 0.95 ** (index + 1))] as const;
    value -= (0.1 * corrected[0]) / (Math.sqrt(corrected[1]) + 1e-3);
    expect(values[0]).toBeCloseTo(value, 6);
  });
  expect(moments.mean[0]).toBeCloseTo(m, 6);
  expect(moments.meanSquare[0]).toBeCloseTo(v, 6);
});

test("decay shrinks a value that has no gradient by learningRate × weightDecay", () => {
  const values = Float32Array.of(2);
  adamWStep(values, Float32Array.of(0), createMoments(1), 1, { ...options, weightDecay: 0.5 });
  expect(values[0]).toBeCloseTo(2 * (1 - 0.05), 6);
});

test("a gradient scale is the same as a smaller gradient", () => {
  const [scaled, plain] = [Float32Array.of(1, 2), Float32Array.of(1, 2)];
  const [first, second] = [createMoments(2), createMoments(2)];
  adamWStep(scaled, Float32Array.of(4, -8), first, 1, options, 0.25);
  adamWStep(plain, Float32Array.of(1, -2), second, 1, options);
  expect(scaled).toEqual(plain);
  expect(first).toEqual(second);
});

test("sizes that differ are a mistake that is named", () => {
  expect(() => adamWStep(new Float32Array(2), new Float32Array(3), createMoments(2), 1, options)).toThrow(
    "3 gradients",
  );
});

describe("weight decay", () => {
  test.each([
    ["model.embed_tokens.weight", true],
    ["model.layers.0.self_attn.q_proj.weight", true],
    ["lm_head.weight", true],
    ["model.layers.0.self_attn.q_proj.bias", false],
    ["model.layers.0.input_layernorm.weight", false],
    ["model.layers.0.self_attn.q_norm.weight", false],
    ["model.norm.weight", false],
  ])("of %s: %s", (name, expected) => {
    expect(decaysWeight(name)).toBe(expected);
  });
});
