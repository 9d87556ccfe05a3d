/** When ONNX Runtime computes the gradients, by its own profile of a run. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { decoderInputs, decoderSpecs, decoderStep, decoderWeights } from "../decoder-step.test.fixture.js";
import { createOnnxRuntimeEngine } from "./engine.js";

const shape = { width: 16, layers: 4, heads: 2, vocabulary: 11, length: 8, rows: 2 };

/** Names of the run's kernels in the order of their start; those of a result begin with its key. */
async function profiledKernels(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "pavlov-profile-"));
  try {
    const engine = await createOnnxRuntimeEngine({ threads: 1 });
    const specs = decoderSpecs(shape);
    const program = await engine.compile("step", decoderStep(shape), specs, { profilePrefix: join(folder, "run") });
    const inputs = Object.entries(decoderInputs(shape)).map(
      ([name, data]) => [name, engine.buffer(data, specs[name]?.shape as number[])] as const,
    );
    await program.run(Object.fromEntries(inputs));
    program.dispose();
    const file = readdirSync(folder)[0] as string;
    const events = JSON.parse(readFileSync(join(folder, file), "utf8")) as { name: string; ts: number }[];
    return events
      .filter((event) => event.name.endsWith("_kernel_time"))
      .toSorted((a, b) => a.ts - b.ts)
      .map((event) => event.name);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("each layer's weight gradients run with that layer's backward pass", async () => {
  const kernels = await profiledKernels();
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
