// The decoder's projections, and the seam at which a program puts others in their place: int8 products in a rollout,
// kept results in a backward pass. With an adapter's weights beside them they are LoRA's (Hu et al. 2021, as PEFT).
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { Tensors } from "../engine/engine.js";

/** A projection named `name` (`model.layers.0.self_attn.q_proj`) of `x` [count, inputs]: [count, outputs]. */
export type Linear = (parameters: Tensors, name: string, x: Tensor) => Tensor;

/** Names of a projection's weights among a program's parameters. */
export const linearNames = {
  /** [outputs, inputs] */
  weight: (name: string) => `${name}.weight`,
  /** [outputs] */
  bias: (name: string) => `${name}.bias`,
  /** LoRA's A, [rank, inputs]. */
  loraA: (name: string) => `${name}.lora_A.weight`,
  /** LoRA's B, [outputs, rank]. */
  loraB: (name: string) => `${name}.lora_B.weight`,
};

/** The weight of that name. Throws where the program was given none. */
export function weightOf(parameters: Tensors, name: string): Tensor {
  const weight = parameters[name];
  if (weight === undefined) throw new Error(`The program has no input named ${name}.`);
  return weight;
}

/** A projection's product [count, outputs] with its bias added, where it has one. */
export function withBias(parameters: Tensors, name: string, product: Tensor): Tensor {
  const bias = parameters[linearNames.bias(name)];
  return bias === undefined ? product : tf.add(product, bias);
}

/** x·Wᵀ (+ b): the projections of a model without an adapter. */
export const linear: Linear = (parameters, name, x) =>
  withBias(parameters, name, tf.matMul(x, weightOf(parameters, linearNames.weight(name)), false, true));

/**
 * x·Wᵀ (+ b) + scale·(x·Aᵀ)·Bᵀ where the parameters hold A and B of the projection; x·Wᵀ (+ b) elsewhere. `scale` is
 * LoRA's alpha / rank.
 */
export const adaptedLinear =
  (scale: number): Linear =>
  (parameters, name, x) => {
    const base = linear(parameters, name, x);
    const [down, up] = [parameters[linearNames.loraA(name)], parameters[linearNames.loraB(name)]];
    if (down === undefined || up === undefined) return base;
    return tf.add(base, tf.mul(tf.matMul(tf.matMul(x, down, false, true), up, false, true), scale));
  };
