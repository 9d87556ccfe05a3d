import { expect, test } from "vitest";
import { adamWStep, createMoments } from "./adamw.js";
import { sumOfSquares } from "./kernels.js";

/** Values with magnitudes from 1e-8 to 1, both signs, that a seed decides. */
const randomValues = (size: number, seed: number): Float32Array => {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return Float32Array.from({ length: size }, () => (uniform() < 0.5 ? -1 : 1) * 10 ** (-8 * uniform()));
};

/** `torch.optim.AdamW` in float64, from the same float32 moments. */
const reference = (value: number, slope: number, mean: number, meanSquare: number, step: number) => {
  const [rate, decay, epsilon] = [1e-3, 0.1, 1e-8];
  const first = 0.9 * mean + 0.1 * slope;
  const second = 0.999 * meanSquare + 0.001 * slope ** 2;
  const change = ((rate / (1 - 0.9 ** step)) * first) / (Math.sqrt(second / (1 - 0.999 ** step)) + epsilon);
  return { first, second, value: value * (1 - rate * decay) - change };
};

test.each([1, 3, 8191, 8192, 8193, 20_001])("%i values are stepped as in float64, to 1e-6", (size) => {
  const values = randomValues(size, 1);
  const moments = createMoments(size);
  const options = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 };
  let worst = 0;
  for (let step = 1; step <= 3; step++) {
    const gradient = randomValues(size, step + 1);
    const [before, mean, meanSquare] = [values.slice(), moments.mean.slice(), moments.meanSquare.slice()];
    adamWStep(values, gradient, moments, step, options, 0.5);
    for (let index = 0; index < size; index++) {
      const slope = 0.5 * (gradient[index] as number);
      const [old, oldMean, oldSquare] = [before[index], mean[index], meanSquare[index]] as [number, number, number];
      const expected = reference(old, slope, oldMean, oldSquare, step);
      worst = Math.max(
        worst,
        Math.abs((values[index] as number) - expected.value) / (Math.abs(old) + 1e-3),
        Math.abs((moments.mean[index] as number) - expected.first) / (Math.abs(oldMean) + Math.abs(slope)),
        Math.abs((moments.meanSquare[index] as number) - expected.second) / (expected.second + 1e-40),
      );
    }
  }
  expect(worst).toBeLessThan(1e-6);
});

test("a step of arrays that lie anywhere in their buffers is the same, and touches nothing around them", () => {
  const size = 9000;
  const [values, gradient] = [randomValues(size, 5), randomValues(size, 6)];
  const options = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };
  const inside = (given: Float32Array, before: number): Float32Array => {
    const all = new Float32Array(size + 10).fill(7);
    all.set(given, before);
    return all.subarray(before, before + size);
  };
  const [viewed, slopes] = [inside(values, 3), inside(gradient, 5)];
  adamWStep(values, gradient, createMoments(size), 1, options);
  adamWStep(viewed, slopes, createMoments(size), 1, options);
  expect(viewed).toEqual(values);
  const around = new Float32Array(viewed.buffer);
  expect([...around.subarray(0, 3), ...around.subarray(3 + size)]).toEqual(Array(10).fill(7));
});

test("no gradient is a gradient of zeros, also after other gradients", () => {
  const size = 100;
  const [values, others] = [randomValues(size, 7), randomValues(size, 7)];
  const [moments, otherMoments] = [createMoments(size), createMoments(size)];
  const options = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 };
  const gradients = [randomValues(size, 8), null, null];
  gradients.forEach((gradient, index) => {
    adamWStep(values, gradient, moments, index + 1, options);
    adamWStep(others, gradient ?? new Float32Array(size), otherMoments, index + 1, options);
  });
  expect(values).toEqual(others);
  expect(moments).toEqual(otherMoments);
});

test.each([0, 1, 7, 8, 8191, 8192, 8193, 30_000])("the squares of %i values are summed as in float64", (size) => {
  const values = randomValues(size, size);
  const expected = values.reduce((sum, value) => sum + value * value, 0);
  expect(Math.abs(sumOfSquares(values) - expected)).toBeLessThanOrEqual(1e-12 * expected);
  expect(sumOfSquares(values)).toBe(sumOfSquares(values.slice()));
});

test("a value that is no number or too large shows in the sum", () => {
  const values = new Float32Array(9000);
  values[8999] = Number.NaN;
  expect(sumOfSquares(values)).toBeNaN();
  values[8999] = Number.POSITIVE_INFINITY;
  expect(sumOfSquares(values)).toBe(Number.POSITIVE_INFINITY);
  values[8999] = 3e38;
  expect(sumOfSquares(values)).toBeGreaterThan(8e76);
});
