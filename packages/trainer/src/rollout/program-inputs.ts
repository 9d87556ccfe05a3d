// Names of what the rollout programs read and write beside the weights.
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { Tensors } from "../engine/engine.js";
import type { ModelConfig } from "../model/config.js";

/** Names under which keys and values of a layer go into a decode program and come out of a prefill. */
export const cacheNames = {
  keys: (layer: number) => `keys.${layer}`,
  values: (layer: number) => `values.${layer}`,
  pastKeys: (layer: number) => `past.keys.${layer}`,
  pastValues: (layer: number) => `past.values.${layer}`,
};

/** Whether a prefill's result goes into the cache. */
export const isCacheName = (name: string): boolean => /^(?:keys|values)\./.test(name);

/**
 * What a decode step adds to the cache, in one result because each costs some microseconds: keys, then values of each
 * layer, [2 * layers * rows, keyValueHeads, d] in memory.
 */
export const stepName = "step";

/** The result {@link stepName} of keys and values [rows, …] in its order. */
export const joinStep = (keysAndValues: readonly Tensor[]): Tensor => tf.concat([...keysAndValues], 0);

/** The identity matrix [rows, rows], which streamed products are turned with. */
export const identityName = "identity";

/** Where a decode step on a device adds its keys and values: slot, head, 0 and token, int32 [rows, heads, 1, 4]. */
export const placesName = "places";

/** 1 for the tokens of prompts and 0 for padding, [rows, length]; for a prefill that measures inputs. */
export const realTokensName = "realTokens";

/** What a measuring prefill returns about a product. */
export const inputSizeName = (product: string): string => `input_sizes.${product}`;

/** True where some layers see a window only; programs then have the input `windowBias`. */
export function hasWindow(config: ModelConfig): boolean {
  return config.attentionTypes.includes("sliding") && config.slidingWindow !== null;
}

/** The bias that hides keys from a layer's queries. */
export function biasName(config: ModelConfig, layer: number): string {
  return hasWindow(config) && config.attentionTypes[layer] === "sliding" ? "windowBias" : "bias";
}

/** The input of that name. Throws where the program was given none. */
export function input(inputs: Tensors, name: string): Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new Error(`The program has no input named ${name}.`);
  return tensor;
}
