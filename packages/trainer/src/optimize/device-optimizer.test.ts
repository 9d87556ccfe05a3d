/** The optimizer of weights on a device, on a GPU and on the CPU's engine: what it computes, and leaves where it fails. */
import { describe, expect, test } from "vitest";
import { createCountingEngine, failEverywhere, noMemory } from "../engine/counting-engine.test.fixture.js";
import type { Buffer, Buffers, Engine } from "../engine/engine.js";
import { MemoryBuffer } from "../engine/memory-buffer.js";
import { softwareGpu } from "../engine/onnxruntime/software-gpu.test.fixture.js";
import { createDeviceOptimizer } from "./device-optimizer.js";
import { createOptimizer, type Optimizer, type OptimizerStepOptions } from "./optimizer.js";

const options: OptimizerStepOptions = {
  learningRate: 0.1,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.5,
  maxGradNorm: 1,
};

const counting = await createCountingEngine();

/** Devices, and whether each can be tried here. */
const engines: readonly (readonly [name: string, engine: Engine | null])[] = [
  ["the CPU's engine", counting.engine],
  ["a GPU", await softwareGpu()],
];

const values = { matrix: [1, -2, 3, 4], "final.norm": [3, -1] } as const;
const shapes = { matrix: [2, 2], "final.norm": [2] } as const;

type Numbers = Readonly<Record<string, readonly number[]>>;

const onDevice = async (numbers: Numbers, engine = counting.engine): Promise<Buffers> => {
  const made: Record<string, Buffer> = {};
  for (const [name, of] of Object.entries(numbers)) {
    made[name] = await engine.resident(Float32Array.from(of), [...shapes[name as keyof typeof shapes]]);
  }
  return made;
};

const inMemory = (numbers: Numbers): Buffers =>
  Object.fromEntries(
    Object.entries(numbers).map(([name, of]) => [
      name,
      new MemoryBuffer(Float32Array.from(of), [...shapes[name as keyof typeof shapes]]),
    ]),
  );

const read = async (buffers: Buffers): Promise<number[][]> => {
  const all: number[][] = [];
  for (const buffer of Object.values(buffers)) all.push(Array.from(await buffer.read()));
  return all;
};

/** Both optimizers over the same weights; `step` gives gradients to both and tells norms and weights. */
const both = async (engine: Engine) => {
  const [device, memory] = [await onDevice(values, engine), inMemory(values)];
  const optimizers: readonly Optimizer[] = [await createDeviceOptimizer(engine, device), createOptimizer(memory)];
  const outcome = async (optimizer: Optimizer | undefined, changes: Partial<OptimizerStepOptions>) => {
    try {
      return { gradNorm: (await optimizer?.step({ ...options, ...changes }))?.gradNorm ?? Number.NaN, message: "" };
    } catch (error) {
      return { gradNorm: Number.NaN, message: (error as Error).message };
    }
  };
  return {
    async step(gradients: readonly Numbers[], changes: Partial<OptimizerStepOptions> = {}) {
      for (const numbers of gradients) {
        optimizers[0]?.add(await onDevice(numbers, engine));
        optimizers[1]?.add(inMemory(numbers));
      }
      const [actual, expected] = [await outcome(optimizers[0], changes), await outcome(optimizers[1], changes)];
      return { actual, expected, weights: await read(device), expectedWeights: await read(memory) };
    },
    dispose() {
      for (const buffer of Object.values(device)) buffer.dispose();
      optimizers[0]?.dispose();
    },
  };
};

const expectSameWeights = (actual: readonly number[][], expected: readonly number[][]): void => {
  actual.forEach((row, place) =>
    row.forEach((value, index) => expect(value).toBeCloseTo(expected[place]?.[index] as number, 5)),
  );
};

describe.each(engines.filter(([, engine]) => engine !== null))("on %s", (_name, engine) => {
  test.each([
    ["usual ones", 1, 1],
    // 1e20² is infinite in float32.
    ["ones whose squares are no float32 numbers", 1e20, 1],
    ["the same that need no clipping", 1e20, 1e19],
    ["ones that are just numbers", 1e37, 1],
  ])("gradients of any size, %s, are clipped as on the CPU", async (_size, size, maxGradNorm) => {
    const pair = await both(engine as Engine);
    const gradients = [
      { matrix: [size, -2 * size, 0, size], "final.norm": [0, size] },
      { matrix: [size, 0, 0, size], "final.norm": [2 * size, 0] },
    ];
    for (let step = 0; step < 2; step++) {
      const { actual, expected, weights, expectedWeights } = await pair.step(gradients, { maxGradNorm });
      expect(actual.message).toBe("");
      expect(actual.gradNorm / expected.gradNorm).toBeCloseTo(1, 6);
      expectSameWeights(weights, expectedWeights);
    }
    pair.dispose();
    expect(counting.live()).toBe(0);
  });

  test.each([
    ["is no number", Number.NaN, 1, /norm is NaN at optimizer step 1\.$/],
    ["is infinite", Number.POSITIVE_INFINITY, 1, /norm is Infinity at optimizer step 1\.$/],
    ["is too large to square, and not clipped", 1e20, 0, /norm is \S+e\+20 at optimizer step 1, which is too large/],
    ["is too large to be clipped", 3e38, 1, /norm is \S+e\+38 at optimizer step 1, which is too large/],
  ])(
    "a gradient that %s changes no weight, on the device nor on the CPU",
    async (_what, size, maxGradNorm, message) => {
      const pair = await both(engine as Engine);
      const refused = await pair.step([{ matrix: [size, 0, 0, 1], "final.norm": [0, 1] }], { maxGradNorm });
      expect(refused.actual.message).toMatch(message);
      expect(refused.expected.message).toMatch(message);
      expect(refused.weights).toEqual([[...values.matrix], [...values["final.norm"]]]);
      expect(refused.expectedWeights).toEqual(refused.weights);
      // Nothing of it is left for the next step, which is the first one.
      const next = await pair.step([{ matrix: [1, 0, 0, 1], "final.norm": [0, 1] }]);
      expect(next.actual).toEqual({ gradNorm: Math.sqrt(3), message: "" });
      expectSameWeights(next.weights, next.expectedWeights);
      pair.dispose();
      expect(counting.live()).toBe(0);
    },
  );
});

/** Whether a step failed while it changed the weights, which must not be saved then. */
const isTorn = (optimizer: Optimizer | null): boolean => {
  try {
    optimizer?.checkWhole();
    return false;
  } catch (error) {
    expect(String(error)).toContain("failed while it changed the weights");
    return true;
  }
};

test("where the device fails, no buffer is left behind, and changed weights are known for no step's", async () => {
  const weights = await onDevice(values);
  const own = counting.live();
  let optimizer: Optimizer | null = null;
  const work = async (): Promise<void> => {
    optimizer = null;
    const made = await createDeviceOptimizer(counting.engine, weights);
    optimizer = made;
    for (let batch = 0; batch < 3; batch++) {
      const gradients = inMemory({ matrix: [1, 2, 3, 4], "final.norm": [1, 0] });
      // As a pass hands them over: its own, on the device.
      const given: Record<string, Buffer> = {};
      try {
        for (const [name, buffer] of Object.entries(gradients)) {
          given[name] = await counting.engine.resident(buffer.data as Float32Array, buffer.shape);
        }
      } catch (error) {
        for (const buffer of Object.values(given)) buffer.dispose();
        throw error;
      }
      made.add(given);
    }
    await made.step(options);
  };
  let torn = 0;
  let before = await read(weights);
  const failures = await failEverywhere(counting, work, async (use, error) => {
    expect(String(error)).toContain(noMemory);
    const after = await read(weights);
    if (isTorn(optimizer)) torn += 1;
    else expect(after).toEqual(before);
    before = after;
    optimizer?.dispose();
    // What is being added is freed when that has ended.
    await expect.poll(() => counting.live(), { message: `after a failure at use ${use}` }).toBe(own);
  });
  // Five of its own buffers, six gradients, four sums of them, two squares, a number that is read, two steps.
  expect(failures).toBe(5 + 6 + 4 + 2 + 1 + 2);
  // At the first of two weights, and between them.
  expect(torn).toBe(2);
  expect(isTorn(optimizer)).toBe(false);
  (optimizer as Optimizer | null)?.dispose();
  for (const buffer of Object.values(weights)) buffer.dispose();
  expect(counting.live()).toBe(0);
});

test("what is still being added when it is disposed is freed", async () => {
  const weights = await onDevice(values);
  const optimizer = await createDeviceOptimizer(counting.engine, weights);
  for (let batch = 0; batch < 2; batch++) {
    optimizer.add(await onDevice({ matrix: [1, 2, 3, 4], "final.norm": [1, 0] }));
  }
  optimizer.dispose();
  await expect.poll(() => counting.live()).toBe(Object.keys(weights).length);
  for (const buffer of Object.values(weights)) buffer.dispose();
});
