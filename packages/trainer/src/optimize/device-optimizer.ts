/**
 * The optimizer for weights that lie on a device: gradients, moments and weights never leave it, and each step changes
 * them in place. One program serves all weights of a rank. Formulas are those of `adamw.ts`; the norm is summed in
 * float32, as PyTorch's is, but of smaller numbers where that is infinite, so that it is the CPU's.
 */
import { PavlovError } from "@pavlov/core";
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { disposeAll, readFloats } from "../engine/buffers.js";
import type { Buffer, Buffers, Engine, Program, Specs, TensorProgram, Tensors, TensorSpec } from "../engine/engine.js";
import { anyOfRank, keepPrograms } from "../engine/kept-programs.js";
import { elementCount } from "../model/parameters.js";
import { createMoments, decaysWeight, type Moments } from "./adamw.js";
import { checkMoments, gradientScale, type Optimizer, type OptimizerStepOptions } from "./optimizer.js";

/** Scalars of a step, in the order in which the program's input `scalars` has them. */
const SCALARS = ["scale", "rest1", "beta2", "rest2", "shrink", "stepSize", "inverseRoot", "epsilon"] as const;

type Scalar = (typeof SCALARS)[number];

/** A weight's. */
interface DeviceMoments {
  readonly mean: Buffer;
  readonly meanSquare: Buffer;
}

const single: TensorSpec = { shape: [1], dtype: "float32" };

const tensor = (inputs: Tensors, name: string): Tensor => inputs[name] as Tensor;

const add: TensorProgram = (inputs) => ({ sum: tf.add(tensor(inputs, "sum"), tensor(inputs, "more")) });

const addSquares: TensorProgram = (inputs) => ({
  total: tf.add(tensor(inputs, "total"), tf.reshape(tf.sum(tf.square(tensor(inputs, "gradient"))), [1])),
});

const largestSize: TensorProgram = (inputs) => ({
  total: tf.maximum(tensor(inputs, "total"), tf.reshape(tf.max(tf.abs(tensor(inputs, "gradient"))), [1])),
});

/** Of the gradients' shares of `largest`. */
const addSquaredShares: TensorProgram = (inputs) => {
  const share = tf.div(tensor(inputs, "gradient"), tf.reshape(tensor(inputs, "largest"), []));
  return { total: tf.add(tensor(inputs, "total"), tf.reshape(tf.sum(tf.square(share)), [1])) };
};

/** From `weight`, `mean`, `meanSquare` and, where there is one, `gradient` to the first three as they are afterwards. */
const adamW: TensorProgram = (inputs) => {
  const parts = tf.split(tensor(inputs, "scalars"), SCALARS.length);
  const scalar = (name: Scalar): Tensor => tf.reshape(parts[SCALARS.indexOf(name)] as Tensor, []);
  const [weight, oldMean] = [tensor(inputs, "weight"), tensor(inputs, "mean")];
  const shrunkSquare = tf.mul(tensor(inputs, "meanSquare"), scalar("beta2"));
  const gradient = inputs["gradient"];
  const slope = gradient === undefined ? null : tf.mul(gradient, scalar("scale"));
  const towards = slope === null ? tf.neg(oldMean) : tf.sub(slope, oldMean);
  const mean = tf.add(oldMean, tf.mul(towards, scalar("rest1")));
  const meanSquare =
    slope === null ? shrunkSquare : tf.add(shrunkSquare, tf.mul(tf.mul(slope, slope), scalar("rest2")));
  const root = tf.add(tf.mul(tf.sqrt(meanSquare), scalar("inverseRoot")), scalar("epsilon"));
  const change = tf.div(tf.mul(mean, scalar("stepSize")), root);
  // The weight last: nothing reads the old one behind it, so that all three are written in place.
  return { mean, meanSquare, weight: tf.sub(weight, tf.add(tf.mul(weight, scalar("shrink")), change)) };
};

/** An optimizer for weights on the engine's device. Moments are made for the first step: who only samples needs none. */
export const createDeviceOptimizer = async (engine: Engine, weights: Buffers): Promise<Optimizer> => {
  const names = Object.keys(weights);
  const bufferOf = (name: string): Buffer => weights[name] as Buffer;
  const zeros = (name: string): Promise<Buffer> => {
    const { shape } = bufferOf(name);
    return engine.resident(new Float32Array(elementCount(shape)), shape);
  };
  const moments = new Map<string, DeviceMoments>();
  /** Makes the moments where there are none yet. */
  const makeMoments = async (): Promise<void> => {
    if (moments.size > 0) return;
    const made: Buffer[] = [];
    const keep = async (making: Promise<Buffer>): Promise<Buffer> => {
      const buffer = await making;
      made.push(buffer);
      return buffer;
    };
    try {
      const pairs: (readonly [string, DeviceMoments])[] = [];
      for (const name of names)
        pairs.push([name, { mean: await keep(zeros(name)), meanSquare: await keep(zeros(name)) }]);
      for (const [name, pair] of pairs) moments.set(name, pair);
    } catch (error) {
      // The device has too little memory for all: nobody else has these.
      for (const buffer of made) buffer.dispose();
      throw error;
    }
  };
  const total = await engine.resident(new Float32Array(1), [1]);
  const gradients = new Map<string, Buffer>();
  const programs = keepPrograms(engine);
  let steps = 0;
  /** Whether a step began to change the weights and did not end. */
  let isTorn = false;
  /** What was asked for so far, in its order; a failure is told by the next step. */
  let queue: Promise<void> = Promise.resolve();

  const compiled = (kind: string, rank: number, program: TensorProgram, inputs: Specs): Promise<Program> =>
    programs.get(`${kind}-${rank}`, () => ({ program, inputs }));

  const addGradients = async (more: Buffers): Promise<void> => {
    const left = { ...more };
    try {
      for (const name of names) {
        const incoming = more[name];
        if (!incoming) continue;
        const sum = gradients.get(name);
        if (sum) {
          const spec = anyOfRank(sum.shape.length);
          const adding = await compiled("add-gradient", sum.shape.length, add, { sum: spec, more: spec });
          await adding.run({ sum, more: incoming }, { sum });
          incoming.dispose();
        } else {
          gradients.set(name, incoming);
        }
        delete left[name];
      }
    } finally {
      disposeAll(left);
    }
  };

  const forgetGradients = (): void => {
    disposeAll(Object.fromEntries(gradients));
    gradients.clear();
  };

  /** One number of all gradients, which begins with 0. */
  const fold = async (kind: string, program: TensorProgram, own: Buffers = {}): Promise<number> => {
    await total.write(new Float32Array(1));
    const ownSpecs: Specs = Object.fromEntries(Object.keys(own).map((name) => [name, single]));
    for (const gradient of gradients.values()) {
      const rank = gradient.shape.length;
      const specs: Specs = { total: single, gradient: anyOfRank(rank), ...ownSpecs };
      await (await compiled(kind, rank, program, specs)).run({ total, gradient, ...own }, { total });
    }
    return (await total.read())[0] as number;
  };

  const globalNorm = async (): Promise<number> => {
    const squares = await fold("gradient-norm", addSquares);
    if (Number.isFinite(squares)) return Math.sqrt(squares);
    // Squares in float32 are infinite from 1.8e19 on.
    const largest = await fold("largest-gradient", largestSize);
    if (!Number.isFinite(largest)) return largest;
    const own = { largest: engine.buffer(Float32Array.of(largest), [1]) };
    return largest * Math.sqrt(await fold("gradient-shares", addSquaredShares, own));
  };

  const apply = async (name: string, options: OptimizerStepOptions, scale: number): Promise<void> => {
    const weight = bufferOf(name);
    const gradient = gradients.get(name);
    const rank = weight.shape.length;
    const spec = anyOfRank(rank);
    const own = { weight, ...(moments.get(name) as { mean: Buffer; meanSquare: Buffer }) };
    const specs: Specs = {
      ...{ weight: spec, mean: spec, meanSquare: spec, scalars: { shape: [SCALARS.length], dtype: "float32" } },
      ...(gradient ? { gradient: spec } : {}),
    };
    const step = await compiled(gradient ? "adamw" : "adamw-without-gradient", rank, adamW, specs);
    const { learningRate, beta1, beta2, epsilon } = options;
    const values: Readonly<Record<Scalar, number>> = {
      scale,
      rest1: 1 - beta1,
      beta2,
      rest2: 1 - beta2,
      shrink: learningRate * (decaysWeight(name) ? options.weightDecay : 0),
      stepSize: learningRate / (1 - beta1 ** steps),
      inverseRoot: 1 / Math.sqrt(1 - beta2 ** steps),
      epsilon,
    };
    const scalars = engine.buffer(
      Float32Array.from(SCALARS, (scalar) => values[scalar]),
      [SCALARS.length],
    );
    await step.run({ ...own, ...(gradient ? { gradient } : {}), scalars }, own);
    scalars.dispose();
    gradient?.dispose();
    gradients.delete(name);
  };

  return {
    add(more) {
      queue = queue.then(
        () => addGradients(more),
        (error: unknown) => {
          disposeAll(more);
          throw error;
        },
      );
      // Told by the step; here it only must not end the process.
      queue.catch(() => undefined);
    },

    async step(options) {
      const started = performance.now();
      try {
        await queue;
        const norm = await globalNorm();
        const scale = gradientScale(norm, options.maxGradNorm, steps + 1);
        await makeMoments();
        steps += 1;
        isTorn = true;
        for (const name of names) await apply(name, options, scale);
        isTorn = false;
        return { gradNorm: norm, seconds: (performance.now() - started) / 1000 };
      } finally {
        // Also where something failed: a part of the gradients is none, and the next step begins anew.
        queue = Promise.resolve();
        forgetGradients();
      }
    },

    checkWhole() {
      if (!isTorn) return;
      throw new PavlovError(`Step ${steps} of the optimizer failed while it changed the weights: they are no step's.`, {
        hint: "A training goes on from its last checkpoint, if it has one, with --resume.",
      });
    },

    async state() {
      const read: Record<string, Moments> = {};
      for (const name of names) {
        const own = moments.get(name);
        read[name] =
          own === undefined
            ? createMoments(elementCount(bufferOf(name).shape))
            : { mean: await readFloats(own.mean, name), meanSquare: await readFloats(own.meanSquare, name) };
      }
      return { steps, moments: read };
    },

    async restore(state) {
      for (const name of names) checkMoments(name, elementCount(bufferOf(name).shape), state.moments[name]);
      await makeMoments();
      for (const [name, { mean, meanSquare }] of moments) {
        const given = state.moments[name] as Moments;
        await mean.write(given.mean);
        await meanSquare.write(given.meanSquare);
      }
      steps = state.steps;
      isTorn = false;
    },

    dispose() {
      for (const { mean, meanSquare } of moments.values()) disposeAll({ mean, meanSquare });
      total.dispose();
      forgetGradients();
      // What is being added now comes later.
      void queue.then(forgetGradients, forgetGradients);
      programs.dispose();
    },
  };
};
