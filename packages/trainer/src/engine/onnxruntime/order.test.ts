/** When ONNX Runtime computes the gradients, and how often what a program states twice. */
import type { Tensor } from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import { decoderInputs, decoderSpecs, decoderStep, decoderWeights } from "../decoder-step.test.fixture.js";
import type { Specs } from "../engine.js";
import { profiledKernels } from "./profile.test.fixture.js";

const shape = { width: 16, layers: 4, heads: 2, vocabulary: 11, length: 8, rows: 2 };

test("each layer's weight gradients run with that layer's backward pass", async () => {
  const kernels = await profiledKernels(decoderStep(shape), decoderSpecs(shape), decoderInputs(shape));
  const isResult = (kernel: string) => Object.keys(decoderWeights(shape)).some((name) => kernel.startsWith(`${name}/`));
  const gradientsOf = (layer: number) =>
    ["query", "key", "value", "output", "gate", "up", "down"].map((name) => {
      const place = kernels.findIndex((kernel) => kernel.startsWith(`${layer}.${name}/`));
      expect(place, `${layer}.${name} among ${kernels.length} kernels`).toBeGreaterThan(-1);
      return place;
    });
  for (let layer = shape.layers - 1; layer > 0; layer -= 1) {
    const last = Math.max(...gradientsOf(layer));
    const next = Math.min(...gradientsOf(layer - 1));
    expect(last, `layer ${layer} before layer ${layer - 1}`).toBeLessThan(next);
    // Between them the backward pass itself goes on: the gradients do not all wait for its end.
    const between = kernels.slice(last + 1, next).filter((kernel) => kernel.startsWith("Gemm") && !isResult(kernel));
    expect(between.length, `products between layers ${layer} and ${layer - 1}`).toBeGreaterThan(0);
  }
});

test("a repeated expression is computed once, or twice when asked to", async () => {
  const repeat = ({ x }: Readonly<Record<string, Tensor>>) => ({
    y: (x as Tensor)
      .exp()
      .sin()
      .add((x as Tensor).exp().cos()),
  });
  const specs: Specs = { x: { shape: [3], dtype: "float32" } };
  const exponentials = async (recompute: boolean) => {
    const kernels = await profiledKernels(repeat, specs, { x: Float32Array.of(0, 1, 2) }, { recompute });
    return kernels.filter((kernel) => kernel.startsWith("Exp_")).length;
  };
  expect(await exponentials(false)).toBe(1);
  expect(await exponentials(true)).toBe(2);
});
