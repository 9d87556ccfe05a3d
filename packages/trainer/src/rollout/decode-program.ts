// The decode program of large models: one token a row, by ONNX Runtime's fused operators and without moving elements
// between heads and tokens. How it multiplies by the weights is given to it (see products.ts).
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { Tensors } from "../engine/engine.js";
import { addAt } from "../engine/operators/add-at.js";
import { rootMeanSquareNorm } from "../engine/operators/root-mean-square-norm.js";
import { rotateHeads } from "../engine/operators/rotate-heads.js";
import { attendInCache, attendToCache } from "../model/attention.js";
import type { ModelConfig } from "../model/config.js";
import type { Norm } from "../model/decoder.js";
import { decoderLayer, embed, finalNorm } from "../model/decoder.js";
import { rotaryAngles } from "../model/rotary.js";
import { biasName, cacheNames, input, placesName } from "./program-inputs.js";
import type { RolloutProducts } from "./products.js";

const fusedNorm: Norm = (x, weight, epsilon, offset) =>
  rootMeanSquareNorm(x, offset === 1 ? tf.add(weight, 1) : weight, epsilon);

/**
 * Logits of the next token of each row, [rows, vocabulary], and what the cache gets, keys, then values of each layer:
 * this step's alone, [rows, keyValueHeads, 1, 1, d], or with `adds` the cache's tensors with this step's in them, which
 * are then what is attended to. Inputs are those of `RolloutPrograms.decode`.
 */
export function decodeTokens(
  config: ModelConfig,
  inputs: Tensors,
  products: RolloutProducts,
  adds = false,
): { readonly logits: Tensor; readonly cached: readonly Tensor[] } {
  const { attentionHeads, keyValueHeads, headDimension: width } = config;
  const cached: Tensor[] = [];
  const anglesOf = anglesByLayer(config, input(inputs, "positions"));
  const biases = new Map<string, Tensor>();
  const biasOf = (layer: number): Tensor => {
    const name = biasName(config, layer);
    const bias = biases.get(name) ?? tf.reshape(input(inputs, name), [-1, 1, 1, 1, lengthOf(inputs, name)]);
    biases.set(name, bias);
    return bias;
  };
  let x = tf.reshape(embed(config, inputs, input(inputs, "ids")), [-1, config.hiddenSize]);
  for (let layer = 0; layer < config.layers; layer++) {
    const { cosine, sine, scaledCosine, scaledSine } = anglesOf(layer);
    x = decoderLayer(config, inputs, `model.layers.${layer}`, x, {
      linear: products.linear,
      norm: fusedNorm,
      mix: (query, key, value) => {
        const perHead = (tensor: Tensor, ...tokens: number[]) =>
          tf.reshape(tensor, [-1, keyValueHeads, 1, ...tokens, width]);
        const turned = rotateHeads(query, scaledCosine, scaledSine, attentionHeads);
        const own = [rotateHeads(key, cosine, sine, keyValueHeads), value] as const;
        const past = [input(inputs, cacheNames.pastKeys(layer)), input(inputs, cacheNames.pastValues(layer))] as const;
        const queries = tf.reshape(turned, [-1, attentionHeads, 1, width]);
        const mixed = (() => {
          if (adds) {
            const places = input(inputs, placesName);
            const [keys, values] = [addAt(past[0], places, perHead(own[0])), addAt(past[1], places, perHead(own[1]))];
            cached.push(keys, values);
            return attendInCache(queries, keys, values, biasOf(layer));
          }
          const [keys, values] = [perHead(own[0], 1), perHead(own[1], 1)];
          cached.push(keys, values);
          return attendToCache(queries, keys, values, ...past, biasOf(layer));
        })();
        return tf.reshape(mixed, [-1, attentionHeads * width]);
      },
    });
  }
  return { logits: products.head(inputs, finalNorm(config, inputs, x, fusedNorm)), cached };
}

const lengthOf = (inputs: Tensors, bias: string): number => input(inputs, bias).shape[1] as number;

/** Rotary angles, each [rows, d / 2]; the scaled ones turn queries and multiply them by the attention's scale. */
interface Angles {
  readonly cosine: Tensor;
  readonly sine: Tensor;
  readonly scaledCosine: Tensor;
  readonly scaledSine: Tensor;
}

/** Each layer's rotary angles; computed once for each kind of attention. */
function anglesByLayer(config: ModelConfig, positions: Tensor): (layer: number) => Angles {
  const column = tf.reshape(positions, [-1, 1]);
  const half = [-1, config.headDimension / 2];
  const computed = new Map<string, Angles>();
  return (layer) => {
    const rotary = config.rotary[config.attentionTypes[layer] ?? "full"];
    const key = JSON.stringify(rotary);
    const known = computed.get(key);
    if (known !== undefined) return known;
    const { cosine, sine } = rotaryAngles(column, config.headDimension, rotary);
    const [flatCosine, flatSine] = [tf.reshape(cosine, half), tf.reshape(sine, half)];
    const scaled = (x: Tensor): Tensor => tf.mul(x, config.attentionScale);
    const angles = {
      cosine: flatCosine,
      sine: flatSine,
      scaledCosine: scaled(flatCosine),
      scaledSine: scaled(flatSine),
    };
    computed.set(key, angles);
    return angles;
  };
}
