import { PavlovError } from "@pavlov/core";
import { expect, test } from "vitest";
import { MemoryBuffer } from "../engine/memory-buffer.js";
import { adamWStep, createMoments } from "./adamw.js";
import { createOptimizer, type OptimizerState, type OptimizerStepOptions } from "./optimizer.js";

const options: OptimizerStepOptions = {
  learningRate: 0.1,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.5,
  maxGradNorm: 0,
};

const bufferOf = (...values: number[]): MemoryBuffer => new MemoryBuffer(Float32Array.from(values), [values.length]);

const createWeights = () => ({ first: bufferOf(1, -2), "final.norm": bufferOf(3) });

const copyOf = ({ steps, moments }: OptimizerState): OptimizerState => structuredClone({ steps, moments });

test("gradients of several micro-batches are added and clipped together", () => {
  const weights = createWeights();
  const optimizer = createOptimizer(weights);
  optimizer.add({ first: bufferOf(1, 2), "final.norm": bufferOf(2) });
  optimizer.add({ first: bufferOf(1, 0), "final.norm": bufferOf(-1) });
  const { gradNorm, seconds } = optimizer.step({ ...options, maxGradNorm: 1 });
  expect(gradNorm).toBe(3);
  expect(seconds).toBeGreaterThanOrEqual(0);
  const values = Float32Array.of(1, -2);
  adamWStep(values, Float32Array.of(2, 2), createMoments(2), 1, options, 1 / 3.000001);
  expect(weights.first.data).toEqual(values);
});

test("a weight without a gradient is stepped as with zeros", () => {
  const [weights, others] = [createWeights(), createWeights()];
  const [optimizer, other] = [createOptimizer(weights), createOptimizer(others)];
  optimizer.add({ first: bufferOf(1, 2) });
  other.add({ first: bufferOf(1, 2), "final.norm": bufferOf(0) });
  expect(optimizer.step(options).gradNorm).toBe(other.step(options).gradNorm);
  expect(weights.first.data).toEqual(others.first.data);
  expect(weights["final.norm"].data).toEqual(others["final.norm"].data);
  expect(optimizer.state()).toEqual(other.state());
});

test("a step without any gradient decays weights, shrinks moments and has the norm 0", () => {
  const weights = createWeights();
  const optimizer = createOptimizer(weights);
  expect(optimizer.step(options).gradNorm).toBe(0);
  expect(weights.first.data[0]).toBeCloseTo(0.95, 6);
  expect(weights["final.norm"].data[0]).toBe(3);
  optimizer.add({ first: bufferOf(1, 2), "final.norm": bufferOf(1) });
  optimizer.step(options);
  const mean = optimizer.state().moments["first"]?.mean[1] as number;
  expect(optimizer.step(options).gradNorm).toBe(0);
  expect(optimizer.state().moments["first"]?.mean[1]).toBeCloseTo(0.9 * mean, 7);
});

test("an optimizer goes on from the state of another as if it were that one", () => {
  const weights = createWeights();
  const optimizer = createOptimizer(weights);
  optimizer.add({ first: bufferOf(1, 2), "final.norm": bufferOf(1) });
  optimizer.step(options);
  const resumedWeights = {
    first: bufferOf(...weights.first.data),
    "final.norm": bufferOf(...weights["final.norm"].data),
  };
  const resumed = createOptimizer(resumedWeights);
  resumed.restore(copyOf(optimizer.state()));
  for (const one of [optimizer, resumed]) {
    one.add({ first: bufferOf(-3, 1), "final.norm": bufferOf(0.5) });
    one.step(options);
  }
  expect(resumedWeights.first.data).toEqual(weights.first.data);
  expect(resumed.state()).toEqual(optimizer.state());
  expect(resumed.state().steps).toBe(2);
});

test.each<[problem: string, moments: OptimizerState["moments"], message: string]>([
  ["lacks a weight", { first: createMoments(2) }, "lacks the moments of final.norm"],
  ["has another size", { first: createMoments(3), "final.norm": createMoments(1) }, "3 moments of first, which has 2"],
])("a state that %s is refused and nothing is changed", (_problem, moments, message) => {
  const optimizer = createOptimizer(createWeights());
  const restore = () => optimizer.restore({ steps: 4, moments });
  expect(restore).toThrow(message);
  expect(restore).toThrow(PavlovError);
  expect(optimizer.state().steps).toBe(0);
});

test("a gradient that is no number ends training with a sentence", () => {
  const optimizer = createOptimizer(createWeights());
  optimizer.add({ first: bufferOf(Number.NaN, 0) });
  expect(() => optimizer.step(options)).toThrow("The gradient's norm is NaN at optimizer step 1.");
});
