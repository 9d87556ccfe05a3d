// The two programs of generation, with symbolic sizes: prefill reads whole prompts, decode adds one token to each row.
// Caches go in as inputs and never come out: a step returns only its own keys and values, which is all that is copied.
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { Engine, Program, Specs, TensorSpec, Tensors } from "../engine/engine.js";
import { attend, attendToCache } from "../model/attention.js";
import type { ModelConfig } from "../model/config.js";
import { decoderLayers, embed, finalNorm, vocabularyLogits } from "../model/decoder.js";
import { weightSpecs } from "../model/parameters.js";
import type { SamplingMode } from "./sampler.js";
import { chooseInGraph } from "./sampler.js";

/** Names under which keys and values of a layer go in and come out. */
export const cacheNames = {
  keys: (layer: number) => `keys.${layer}`,
  values: (layer: number) => `values.${layer}`,
  pastKeys: (layer: number) => `past.keys.${layer}`,
  pastValues: (layer: number) => `past.values.${layer}`,
};

/** The compiled programs of one way of choosing tokens. */
export interface RolloutPrograms {
  /**
   * `ids` int32 [rows, length], padded on the right; `positions` int32 [1, length]; `bias` [length, length] (and
   * `windowBias`); `last` int32 [rows], each prompt's last token in the flattened ids; `prompt` int32 [samples], the
   * row that each sample continues; `temperature` [1]; `uniform` [samples]. Returns keys and values [rows,
   * keyValueHeads, length, d] of each layer, and `tokens` and `logProbabilities` [samples], or `logits` [rows,
   * vocabulary].
   */
  readonly prefill: Program;
  /**
   * `ids`, `positions` int32 [rows]; `bias` [rows, length] (and `windowBias`); past keys and values [rows,
   * keyValueHeads, length, d]; `temperature` [1]; `uniform` [rows]. Returns this step's keys and values [rows,
   * keyValueHeads, 1, d], and `tokens` and `logProbabilities` [rows], or `logits` [rows, vocabulary].
   */
  readonly decode: Program;
}

/** True where some layers see a window only; programs then have the input `windowBias`. */
export function hasWindow(config: ModelConfig): boolean {
  return config.attentionTypes.includes("sliding") && config.slidingWindow !== null;
}

/** Compiles both programs for one way of choosing tokens. `filter` returns logits instead of tokens. */
export async function compileRollout(
  engine: Engine,
  config: ModelConfig,
  mode: SamplingMode,
): Promise<RolloutPrograms> {
  const prefill = await engine.compile(`prefill-${mode}`, prefillProgram(config, mode), prefillSpecs(config, mode));
  const decode = await engine.compile(`decode-${mode}`, decodeProgram(config, mode), decodeSpecs(config, mode));
  return { prefill, decode };
}

const int32 = (...shape: TensorSpec["shape"]): TensorSpec => ({ shape, dtype: "int32" });
const float32 = (...shape: TensorSpec["shape"]): TensorSpec => ({ shape, dtype: "float32" });

function choiceSpecs(mode: SamplingMode, rows: string): Record<string, TensorSpec> {
  if (mode === "filter") return {};
  return { temperature: float32(1), ...(mode === "sample" ? { uniform: float32(rows) } : {}) };
}

function prefillSpecs(config: ModelConfig, mode: SamplingMode): Specs {
  return {
    ...weightSpecs(config),
    ids: int32("rows", "length"),
    positions: int32(1, "length"),
    bias: float32("length", "length"),
    ...(hasWindow(config) ? { windowBias: float32("length", "length") } : {}),
    last: int32("rows"),
    ...(mode === "filter" ? {} : { prompt: int32("samples") }),
    ...choiceSpecs(mode, "samples"),
  };
}

function decodeSpecs(config: ModelConfig, mode: SamplingMode): Specs {
  const specs: Record<string, TensorSpec> = {
    ...weightSpecs(config),
    ids: int32("rows"),
    positions: int32("rows"),
    bias: float32("rows", "length"),
    ...(hasWindow(config) ? { windowBias: float32("rows", "length") } : {}),
    ...choiceSpecs(mode, "rows"),
  };
  for (let layer = 0; layer < config.layers; layer++) {
    const past = float32("rows", config.keyValueHeads, "length", config.headDimension);
    specs[cacheNames.pastKeys(layer)] = past;
    specs[cacheNames.pastValues(layer)] = past;
  }
  return specs;
}

function prefillProgram(config: ModelConfig, mode: SamplingMode): (inputs: Tensors) => Tensors {
  return (inputs) => {
    const outputs: Record<string, Tensor> = {};
    const embedded = embed(config, inputs, input(inputs, "ids"));
    const hidden = decoderLayers(config, inputs, embedded, input(inputs, "positions"), (layer, query, key, value) => {
      outputs[cacheNames.keys(layer)] = key;
      outputs[cacheNames.values(layer)] = value;
      return attend(query, key, value, input(inputs, biasName(config, layer)), config.attentionScale);
    });
    const last = tf.gather(hidden, input(inputs, "last") as tf.Tensor1D);
    const logits = vocabularyLogits(config, inputs, finalNorm(config, inputs, last));
    if (mode === "filter") return { ...outputs, logits };
    const samples = tf.gather(logits, input(inputs, "prompt") as tf.Tensor1D);
    return { ...outputs, ...choose(mode, samples, inputs) };
  };
}

function decodeProgram(config: ModelConfig, mode: SamplingMode): (inputs: Tensors) => Tensors {
  return (inputs) => {
    const outputs: Record<string, Tensor> = {};
    const column = (name: string) => tf.reshape(input(inputs, name), [-1, 1]);
    const embedded = embed(config, inputs, column("ids"));
    const biases = new Map<string, Tensor>();
    const biasOf = (layer: number): Tensor => {
      const name = biasName(config, layer);
      const bias = biases.get(name) ?? tf.expandDims(tf.expandDims(input(inputs, name), 1), 1);
      biases.set(name, bias);
      return bias;
    };
    const hidden = decoderLayers(config, inputs, embedded, column("positions"), (layer, query, key, value) => {
      outputs[cacheNames.keys(layer)] = key;
      outputs[cacheNames.values(layer)] = value;
      const pastKeys = input(inputs, cacheNames.pastKeys(layer));
      const pastValues = input(inputs, cacheNames.pastValues(layer));
      return attendToCache(query, key, value, pastKeys, pastValues, biasOf(layer), config.attentionScale);
    });
    const logits = vocabularyLogits(config, inputs, finalNorm(config, inputs, hidden));
    return mode === "filter" ? { ...outputs, logits } : { ...outputs, ...choose(mode, logits, inputs) };
  };
}

function choose(mode: Exclude<SamplingMode, "filter">, logits: Tensor, inputs: Tensors): Tensors {
  const uniform = mode === "sample" ? input(inputs, "uniform") : null;
  return { ...chooseInGraph(logits, input(inputs, "temperature"), uniform) };
}

function biasName(config: ModelConfig, layer: number): string {
  return hasWindow(config) && config.attentionTypes[layer] === "sliding" ? "windowBias" : "bias";
}

function input(inputs: Tensors, name: string): Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new Error(`The program has no input named ${name}.`);
  return tensor;
}
