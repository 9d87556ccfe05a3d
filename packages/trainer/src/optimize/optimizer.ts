/** Gradients added up over micro-batches, clipped together and applied by AdamW, in place on the weights' buffers. */
import { PavlovError } from "@pavlov/core";
import type { Buffer, Buffers } from "../engine/engine.js";
import { adamWStep, createMoments, decaysWeight } from "./adamw.js";
import type { AdamWOptions, Moments } from "./adamw.js";
import { clipCoefficient, globalNorm } from "./clip.js";

export interface OptimizerStepOptions extends AdamWOptions {
  /** Largest global norm of the gradient; 0 does not clip. */
  readonly maxGradNorm: number;
}

/** The optimizer of one model. It owns moments and the gradients that were added since the last step. */
export interface Optimizer {
  /** Adds gradients by the weights' names and takes ownership of their buffers. */
  add(gradients: Buffers): void;
  /** Applies what was added and starts anew. Returns the gradient's global norm before clipping. */
  step(options: OptimizerStepOptions): { readonly gradNorm: number };
}

const valuesOf = (name: string, buffer: Buffer | undefined): Float32Array => {
  if (buffer?.data instanceof Float32Array) return buffer.data;
  throw new Error(`The optimizer needs ${name} as float32 values in memory.`);
};

const addInPlace = (sum: Float32Array, values: Float32Array): void => {
  for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] as number) + (values[index] as number);
};

/** An optimizer for weights that live in this thread's memory. */
export const createOptimizer = (weights: Buffers): Optimizer => {
  const names = Object.keys(weights);
  const moments = new Map<string, Moments>();
  let gradients = new Map<string, Buffer>();
  let steps = 0;

  return {
    add(more) {
      for (const name of names) {
        const incoming = more[name];
        const sum = gradients.get(name);
        if (!sum) {
          if (incoming) gradients.set(name, incoming);
        } else {
          addInPlace(valuesOf(name, sum), valuesOf(name, incoming));
          incoming?.dispose();
        }
      }
    },
    step({ maxGradNorm, ...options }) {
      const norm = globalNorm([...gradients].map(([name, buffer]) => valuesOf(name, buffer)));
      if (!Number.isFinite(norm)) {
        throw new PavlovError(`The gradient's norm is ${norm} at optimizer step ${steps + 1}.`, {
          hint: "Lower learningRate, or look for a reward with extreme scores.",
        });
      }
      steps += 1;
      const scale = clipCoefficient(norm, maxGradNorm);
      for (const [name, buffer] of gradients) {
        const parameter = valuesOf(name, weights[name]);
        const moment = moments.get(name) ?? createMoments(parameter.length);
        moments.set(name, moment);
        const weightDecay = decaysWeight(name) ? options.weightDecay : 0;
        adamWStep(parameter, valuesOf(name, buffer), moment, steps, { ...options, weightDecay }, scale);
        buffer.dispose();
      }
      gradients = new Map();
      return { gradNorm: norm };
    },
  };
};
