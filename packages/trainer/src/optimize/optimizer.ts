/** Gradients added up over micro-batches, clipped together and applied by AdamW, in place on the weights' buffers. */
import { PavlovError } from "@pavlov/core";
import { addInPlace, disposeAll, floatsInMemory } from "../engine/buffers.js";
import type { Buffer, Buffers } from "../engine/engine.js";
import { adamWStep, createMoments, decaysWeight } from "./adamw.js";
import type { AdamWOptions, Moments } from "./adamw.js";
import { clipCoefficient, globalNorm } from "./clip.js";

export interface OptimizerStepOptions extends AdamWOptions {
  /** Largest global norm of the gradient; 0 does not clip. */
  readonly maxGradNorm: number;
}

/** What a checkpoint keeps of an optimizer. */
export interface OptimizerState {
  /** Steps that were applied. */
  readonly steps: number;
  /** Of every trained weight, by its name. */
  readonly moments: Readonly<Record<string, Moments>>;
}

/** The optimizer of one model. It owns moments and the gradients that were added since the last step. */
export interface Optimizer {
  /** Adds gradients by the weights' names and takes ownership of their buffers. */
  add(gradients: Buffers): void;
  /**
   * Applies what was added and starts anew. A weight that got no gradient is stepped as with zeros, as in TRL, where
   * completions of no advantage have a gradient of zeros: its moments shrink and it decays.
   */
  step(options: OptimizerStepOptions): OptimizerStep | Promise<OptimizerStep>;
  /** The moments: themselves, which change with the next step, where they are in memory, else copies of them. */
  state(): OptimizerState | Promise<OptimizerState>;
  /** @throws PavlovError where a step failed while it changed the weights, until another state is restored. */
  checkWhole(): void;
  /**
   * Goes on where another optimizer of the same weights stood; copies the moments.
   * @throws PavlovError where the state is of other weights.
   */
  restore(state: OptimizerState): void | Promise<void>;
  /** Frees moments and gradients. */
  dispose(): void;
}

/** An optimizer that computes in this thread. */
export interface MemoryOptimizer extends Optimizer {
  step(options: OptimizerStepOptions): OptimizerStep;
  state(): OptimizerState;
  restore(state: OptimizerState): void;
}

export interface OptimizerStep {
  /** Global norm of the gradient before clipping. */
  readonly gradNorm: number;
  /** Seconds that the norm and the update took. */
  readonly seconds: number;
}

/** An optimizer for weights that live in this thread's memory. */
export const createOptimizer = (weights: Buffers): MemoryOptimizer => {
  const names = Object.keys(weights);
  const moments = Object.fromEntries(
    names.map((name) => [name, createMoments(floatsInMemory(weights[name], name).length)] as const),
  );
  const gradients = new Map<string, Buffer>();
  let steps = 0;

  const apply = (name: string, options: AdamWOptions, scale: number): void => {
    const parameter = floatsInMemory(weights[name], name);
    const buffer = gradients.get(name);
    const gradient = buffer ? floatsInMemory(buffer, name) : null;
    const weightDecay = decaysWeight(name) ? options.weightDecay : 0;
    adamWStep(parameter, gradient, moments[name] as Moments, steps, { ...options, weightDecay }, scale);
    buffer?.dispose();
    gradients.delete(name);
  };

  return {
    add(more) {
      for (const name of names) {
        const incoming = more[name];
        if (!incoming) continue;
        const sum = gradients.get(name);
        if (sum) {
          addInPlace(floatsInMemory(sum, name), floatsInMemory(incoming, name));
          incoming.dispose();
        } else {
          gradients.set(name, incoming);
        }
      }
    },

    step(options) {
      const started = performance.now();
      try {
        const norm = globalNorm([...gradients].map(([name, buffer]) => floatsInMemory(buffer, name)));
        const scale = gradientScale(norm, options.maxGradNorm, steps + 1);
        steps += 1;
        for (const name of names) apply(name, options, scale);
        return { gradNorm: norm, seconds: (performance.now() - started) / 1000 };
      } finally {
        // Also where they are no numbers: the next step begins anew.
        disposeAll(Object.fromEntries(gradients));
        gradients.clear();
      }
    },

    state: () => ({ steps, moments }),

    // Nothing fails there in this thread's memory.
    checkWhole: () => undefined,

    restore(state) {
      for (const name of names) checkMoments(name, moments[name]?.mean.length ?? 0, state.moments[name]);
      for (const name of names) {
        const { mean, meanSquare } = state.moments[name] as Moments;
        moments[name]?.mean.set(mean);
        moments[name]?.meanSquare.set(meanSquare);
      }
      steps = state.steps;
    },

    dispose() {
      disposeAll(Object.fromEntries(gradients));
      gradients.clear();
    },
  };
};

const SMALLER = "Lower learningRate, or look for a reward with extreme scores.";

/** The largest number whose square is one in float32, in which AdamW squares gradients. */
const LARGEST_SQUARED = Math.sqrt(3.4028234e38);

/** The smallest float32 number that has all of its digits; a GPU takes smaller ones for 0. */
const SMALLEST_FULL = 2 ** -126;

/**
 * What gradients of this global norm are multiplied by (see {@link clipCoefficient}).
 * @throws PavlovError where the norm is no number, or so large that AdamW's moments would be none: PyTorch makes all
 *   gradients 0 or NaN there, and weights that no step changes any more, without a word.
 */
export const gradientScale = (norm: number, maxGradNorm: number, step: number): number => {
  const what = `The gradient's norm is ${norm.toPrecision(3)} at optimizer step ${step}`;
  if (!Number.isFinite(norm)) throw new PavlovError(`${what}.`, { hint: SMALLER });
  const scale = clipCoefficient(norm, maxGradNorm);
  if (norm * scale <= LARGEST_SQUARED && scale >= SMALLEST_FULL) return scale;
  throw new PavlovError(`${what}, which is too large for float32.`, {
    hint: maxGradNorm > 0 ? SMALLER : `Set maxGradNorm, such as 1, which clips it. ${SMALLER}`,
  });
};

/** @throws PavlovError where a state's moments are not those of the weight, which has `size` values. */
export const checkMoments = (name: string, size: number, given: Moments | undefined): void => {
  const others = given?.mean.length;
  if (given && others === size && given.meanSquare.length === size) return;
  throw new PavlovError(
    given
      ? `The optimizer's state has ${others} moments of ${name}, which has ${size} values.`
      : `The optimizer's state lacks the moments of ${name}.`,
    { hint: "It was saved while another model, or another choice of trained weights, was in training." },
  );
};
