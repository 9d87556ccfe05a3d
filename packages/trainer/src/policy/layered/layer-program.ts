/**
 * One layer forward and backward as programs that all layers of a kind share. The backward program computes no
 * projection that the forward program kept; norms, rotations, the softmax and the gate are cheap and computed again.
 */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { Specs, TensorProgram, Tensors, TensorSpec } from "../../engine/engine.js";
import { attend, positionBias } from "../../model/attention.js";
import { attendInBlocks, type AttentionPositions, needsBlocks } from "../../model/attention-blocks.js";
import type { AttentionType, ModelConfig } from "../../model/config.js";
import { decoderLayer } from "../../model/decoder.js";
import { type Linear, weightOf } from "../../model/linear.js";
import { type RotaryAngles, rotate } from "../../model/rotary.js";
import { gradientOutput } from "../training-program.js";
import { packedTokens, type SharedShape } from "./layout.js";

/** Stands for `model.layers.<n>` in the programs' names of weights. */
export const LAYER = "layer";

/** What layers that share programs have in common. */
export interface LayerKind {
  readonly attention: AttentionType;
  /** Shapes of the weights, by names that begin with `layer.`. */
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  /** Those that get a gradient. */
  readonly trainable: readonly string[];
}

export interface LayerProgramOptions {
  readonly config: ModelConfig;
  readonly kind: LayerKind;
  readonly shape: SharedShape;
  readonly linear: Linear;
  /** Most bytes of attention's scores at a time. */
  readonly attentionBytes: number;
}

export interface LayerProgram {
  readonly program: TensorProgram;
  readonly inputs: Specs;
}

const float = (...shape: number[]): TensorSpec => ({ shape, dtype: "float32" });

/** Name of a projection's kept result among inputs and outputs. */
const keptName = (projection: string): string => `kept:${projection}`;

/** Projections whose results the backward program reads, with their widths. */
export const keptProjections = (config: ModelConfig): Readonly<Record<string, number>> => {
  const queries = config.attentionHeads * config.headDimension;
  const keys = config.keyValueHeads * config.headDimension;
  return {
    [`${LAYER}.self_attn.q_proj`]: queries,
    [`${LAYER}.self_attn.k_proj`]: keys,
    [`${LAYER}.self_attn.v_proj`]: keys,
    [`${LAYER}.self_attn.o_proj`]: config.hiddenSize,
    [`${LAYER}.mlp.gate_proj`]: config.intermediateSize,
    [`${LAYER}.mlp.up_proj`]: config.intermediateSize,
    // The residual stream after it is the next layer's input; only a norm in between needs it.
    ...(config.sandwichNorm ? { [`${LAYER}.mlp.down_proj`]: config.hiddenSize } : {}),
  };
};

/** Specs of what all layers of one batch read beside activations and weights. */
const batchSpecs = (config: ModelConfig, shape: SharedShape): Specs => {
  const tokens = packedTokens(shape);
  return {
    cosine: float(tokens, config.headDimension / 2),
    sine: float(tokens, config.headDimension / 2),
    positions: float(tokens),
    keyPositions: float(shape.prompts, shape.prefixTokens),
    membership: float(shape.rows, shape.prompts),
  };
};

const weightSpecs = ({ parameters }: LayerKind): Specs =>
  Object.fromEntries(Object.entries(parameters).map(([name, shape]) => [name, float(...shape)]));

const keptSpecs = (config: ModelConfig, tokens: number): Specs =>
  Object.fromEntries(
    Object.entries(keptProjections(config)).map(([name, width]) => [keptName(name), float(tokens, width)]),
  );

/** Cuts a packed tensor [tokens, …] into completions and prefixes. */
const cut = (x: Tensor, { rows, completionTokens, prompts, prefixTokens }: SharedShape): [Tensor, Tensor] =>
  tf.split(x, [rows * completionTokens, prompts * prefixTokens], 0) as [Tensor, Tensor];

/** Attention at once where its scores are small, block by block where they are not. */
const attendAt = (
  query: Tensor,
  key: Tensor,
  value: Tensor,
  positions: AttentionPositions,
  { config, attentionBytes }: LayerProgramOptions,
): Tensor =>
  needsBlocks(query, key, attentionBytes)
    ? attendInBlocks(query, key, value, positions, config.attentionScale, attentionBytes)
    : attend(
        query,
        key,
        value,
        positionBias(positions.queries, positions.keys, positions.window),
        config.attentionScale,
      );

/**
 * Mixes values over tokens: prefixes see themselves, completions their prompt's prefix and themselves, in one softmax.
 * `query`, `key` and `value` are packed, [tokens, heads * headDimension].
 */
const mixShared =
  (options: LayerProgramOptions, inputs: Tensors) =>
  (query: Tensor, key: Tensor, value: Tensor): Tensor => {
    const { config, kind, shape } = options;
    const { attentionHeads, keyValueHeads, headDimension: width } = config;
    const { rows, completionTokens, prompts, prefixTokens } = shape;
    const window = kind.attention === "sliding" ? config.slidingWindow : null;
    const angles = (of: "cosine" | "sine") => cut(weightOf(inputs, of), shape);
    const [[ownCosine, prefixCosine], [ownSine, prefixSine]] = [angles("cosine"), angles("sine")];
    const shaped = (x: Tensor, count: number, tokens: number) => tf.reshape(x, [count, 1, tokens, width / 2]);
    const own: RotaryAngles = {
      cosine: shaped(ownCosine, rows, completionTokens),
      sine: shaped(ownSine, rows, completionTokens),
    };
    const prefix: RotaryAngles = {
      cosine: shaped(prefixCosine, prompts, prefixTokens),
      sine: shaped(prefixSine, prompts, prefixTokens),
    };
    const heads = (x: Tensor, count: number, tokens: number, of: number) =>
      tf.transpose(tf.reshape(x, [count, tokens, of, width]), [0, 2, 1, 3]);
    const [ownPositions, prefixPositions] = cut(weightOf(inputs, "positions"), shape);
    const ownKeys = tf.reshape(ownPositions, [rows, completionTokens]);
    const prefixKeys = weightOf(inputs, "keyPositions");
    const membership = weightOf(inputs, "membership");
    /** Each row's own share of what its prompt has: [prompts, …] to [rows, …]. */
    const ofPrompt = (x: Tensor): Tensor =>
      tf.reshape(tf.matMul(membership, tf.reshape(x, [prompts, -1])), [rows, ...x.shape.slice(1)]);

    const [ownQuery, prefixQuery] = cut(query, shape);
    const [ownKey, prefixKey] = cut(key, shape);
    const [ownValue, prefixValue] = cut(value, shape);
    const sharedKey = rotate(heads(prefixKey, prompts, prefixTokens, keyValueHeads), prefix);
    const sharedValue = heads(prefixValue, prompts, prefixTokens, keyValueHeads);
    const prefixMixed = attendAt(
      rotate(heads(prefixQuery, prompts, prefixTokens, attentionHeads), prefix),
      sharedKey,
      sharedValue,
      { queries: tf.reshape(prefixPositions, [prompts, prefixTokens]), keys: prefixKeys, window },
      options,
    );
    const ownMixed = attendAt(
      rotate(heads(ownQuery, rows, completionTokens, attentionHeads), own),
      tf.concat([ofPrompt(sharedKey), rotate(heads(ownKey, rows, completionTokens, keyValueHeads), own)], 2),
      tf.concat([ofPrompt(sharedValue), heads(ownValue, rows, completionTokens, keyValueHeads)], 2),
      { queries: ownKeys, keys: tf.concat([ofPrompt(prefixKeys), ownKeys], 1), window },
      options,
    );
    const merged = (x: Tensor) => tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [-1, attentionHeads * width]);
    return tf.concat([merged(ownMixed), merged(prefixMixed)], 0);
  };

const inputSpecs = ({ config, kind, shape }: LayerProgramOptions): Specs => ({
  x: float(packedTokens(shape), config.hiddenSize),
  ...batchSpecs(config, shape),
  ...weightSpecs(kind),
});

/** From `x` [tokens, hiddenSize] to `y`; with `keep`, the projections' results too. */
export const layerForward = (options: LayerProgramOptions, keep: boolean): LayerProgram => {
  const { config, linear } = options;
  const wanted = keptProjections(config);
  return {
    program: (inputs) => {
      const kept: Record<string, Tensor> = {};
      const recording: Linear = (parameters, name, x) => {
        const result = linear(parameters, name, x);
        if (keep && wanted[name] !== undefined) kept[keptName(name)] = result;
        return result;
      };
      const y = decoderLayer(config, inputs, LAYER, weightOf(inputs, "x"), {
        mix: mixShared(options, inputs),
        linear: recording,
      });
      return { y, ...kept };
    },
    inputs: inputSpecs(options),
  };
};

/** `kept` in the place of `x`, with x's gradient: a recorded program never computes `x` itself. */
const substitute = (x: Tensor, kept: Tensor): Tensor =>
  tf.customGrad(() => ({ value: kept.clone(), gradFunc: (dy: Tensor) => dy }))(x);

/**
 * From `x` and the gradient `dy` of its result to `dx` (with `inputGradient`) and `gradient:<weight>`. With
 * `recompute` the projections are computed again, otherwise read as the forward program kept them.
 */
export const layerBackward = (
  options: LayerProgramOptions,
  { recompute, inputGradient }: { readonly recompute: boolean; readonly inputGradient: boolean },
): LayerProgram => {
  const { config, kind, shape, linear } = options;
  const tokens = packedTokens(shape);
  return {
    program: (inputs) => {
      const withKept: Linear = (parameters, name, x) => {
        const result = linear(parameters, name, x);
        const kept = inputs[keptName(name)];
        return kept === undefined ? result : substitute(result, kept);
      };
      const layer = (x: Tensor, ...weights: Tensor[]): Tensor => {
        const trained = Object.fromEntries(kind.trainable.map((name, index) => [name, weights[index] as Tensor]));
        return decoderLayer(config, { ...inputs, ...trained }, LAYER, x, {
          mix: mixShared(options, inputs),
          linear: withKept,
        });
      };
      const sources = [weightOf(inputs, "x"), ...kind.trainable.map((name) => weightOf(inputs, name))];
      const [dx, ...gradients] = tf.grads(layer)(sources, weightOf(inputs, "dy"));
      const named = kind.trainable.map((name, index) => [gradientOutput(name), gradients[index] as Tensor] as const);
      return { ...(inputGradient && dx ? { dx } : {}), ...Object.fromEntries(named) };
    },
    inputs: {
      ...inputSpecs(options),
      dy: float(tokens, config.hiddenSize),
      ...(recompute ? {} : keptSpecs(config, tokens)),
    },
  };
};
