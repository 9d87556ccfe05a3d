// The decode program of large models: one token a row, by ONNX Runtime's fused operators and without moving elements
// between heads and tokens. How it multiplies by the weights is given to it (see products.ts).
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { Tensors } from "../engine/engine.js";
import { rootMeanSquareNorm } from "../engine/operators/root-mean-square-norm.js";
import { rotateHeads } from "../engine/operators/rotate-heads.js";
import { attendToCache } from "../model/attention.js";
import type { ModelConfig } from "../model/config.js";
import type { Norm } from "../model/decoder.js";
import { decoderLayer, embed, finalNorm } from "../model/decoder.js";
import { rotaryAngles } from "../model/rotary.js";
import { biasName, cacheNames, input } from "./program-inputs.js";
import type { RolloutProducts } from "./products.js";

const fusedNorm: Norm = (x, weight, epsilon, offset) =>
  rootMeanSquareNorm(x, offset === 1 ? tf.add(weight, 1) : weight, epsilon);

/**
 * Logits of the next token of each row, [rows, vocabulary], and this step's keys and values by their names in the
 * cache. Inputs are those of `RolloutPrograms.decode`.
 */
export function decodeTokens(
  config: ModelConfig,
  inputs: Tensors,
  products: RolloutProducts,
): { readonly logits: Tensor; readonly cached: Tensors } {
  const { attentionHeads, keyValueHeads, headDimension: width, attentionScale } = config;
  const cached: Record<string, Tensor> = {};
  const anglesOf = anglesByLayer(config, input(inputs, "positions"));
  const biases = new Map<string, Tensor>();
  const biasOf = (layer: number): Tensor => {
    const name = biasName(config, layer);
    const bias = biases.get(name) ?? tf.expandDims(tf.expandDims(input(inputs, name), 1), 1);
    biases.set(name, bias);
    return bias;
  };
  let x = tf.reshape(embed(config, inputs, input(inputs, "ids")), [-1, config.hiddenSize]);
  for (let layer = 0; layer < config.layers; layer++) {
    const { cosine, sine } = anglesOf(layer);
    x = decoderLayer(config, inputs, `model.layers.${layer}`, x, {
      linear: products.linear,
      norm: fusedNorm,
      mix: (query, key, value) => {
        const perHead = (tensor: Tensor, heads: number) => tf.reshape(tensor, [-1, heads, 1, width]);
        const turned = perHead(rotateHeads(query, cosine, sine, attentionHeads), attentionHeads);
        const keys = perHead(rotateHeads(key, cosine, sine, keyValueHeads), keyValueHeads);
        const values = perHead(value, keyValueHeads);
        cached[cacheNames.keys(layer)] = keys;
        cached[cacheNames.values(layer)] = values;
        const past = [input(inputs, cacheNames.pastKeys(layer)), input(inputs, cacheNames.pastValues(layer))] as const;
        const mixed = attendToCache(turned, keys, values, ...past, biasOf(layer), attentionScale);
        return tf.reshape(mixed, [-1, attentionHeads * width]);
      },
    });
  }
  return { logits: products.head(inputs, finalNorm(config, inputs, x, fusedNorm)), cached };
}

/** Each layer's rotary angles, [rows, d / 2]; computed once for each kind of attention. */
function anglesByLayer(config: ModelConfig, positions: Tensor): (layer: number) => { cosine: Tensor; sine: Tensor } {
  const column = tf.reshape(positions, [-1, 1]);
  const half = [-1, config.headDimension / 2];
  const computed = new Map<string, { cosine: Tensor; sine: Tensor }>();
  return (layer) => {
    const rotary = config.rotary[config.attentionTypes[layer] ?? "full"];
    const key = JSON.stringify(rotary);
    const known = computed.get(key);
    if (known !== undefined) return known;
    const { cosine, sine } = rotaryAngles(column, config.headDimension, rotary);
    const flat = { cosine: tf.reshape(cosine, half), sine: tf.reshape(sine, half) };
    computed.set(key, flat);
    return flat;
  };
}
