/**
 * One layer forward and backward as programs that all layers of a kind share. The backward program computes no
 * projection that the forward program kept; norms, rotations, the softmax and the gate are cheap and computed again.
 */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { Dimension, Specs, TensorProgram, Tensors, TensorSpec } from "../../engine/engine.js";
import { reorderRows } from "../../engine/operators/reorder-rows.js";
import { rotateHeads } from "../../engine/operators/rotate-heads.js";
import { attend, positionBias } from "../../model/attention.js";
import { attendInBlocks, type AttentionPositions, needsBlocks } from "../../model/attention-blocks.js";
import type { AttentionType, ModelConfig } from "../../model/config.js";
import { decoderLayer } from "../../model/decoder.js";
import { type Linear, weightOf } from "../../model/linear.js";
import { gradientOutput } from "../training-program.js";
import { slotsOf, type SharedShape } from "./layout.js";

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

const float = (...shape: Dimension[]): TensorSpec => ({ shape, dtype: "float32" });

/** How many tokens are packed: one program serves all numbers. */
const TOKENS = "tokens";

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
  const indices = (name: string, heads: number): Specs => ({
    [`${name}ToSlots`]: { shape: [slotsOf(shape) * heads], dtype: "int32" },
    [`${name}ToTokens`]: { shape: [TOKENS, heads], dtype: "int32" },
  });
  return {
    cosine: float(TOKENS, config.headDimension / 2),
    sine: float(TOKENS, config.headDimension / 2),
    ...indices("queries", config.attentionHeads),
    ...indices("keys", config.keyValueHeads),
    slotPositions: float(slotsOf(shape)),
    keyPositions: float(shape.prompts, shape.prefixTokens),
    membership: float(shape.rows, shape.prompts),
  };
};

const weightSpecs = ({ parameters }: LayerKind): Specs =>
  Object.fromEntries(Object.entries(parameters).map(([name, shape]) => [name, float(...shape)]));

const keptSpecs = (config: ModelConfig): Specs =>
  Object.fromEntries(
    Object.entries(keptProjections(config)).map(([name, width]) => [keptName(name), float(TOKENS, width)]),
  );

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
 * `query`, `key` and `value` are packed, [tokens, heads * headDimension]; attention works on slots.
 */
const mixShared =
  (options: LayerProgramOptions, inputs: Tensors) =>
  (query: Tensor, key: Tensor, value: Tensor): Tensor => {
    const { config, kind, shape } = options;
    const { attentionHeads, keyValueHeads, headDimension: width } = config;
    const { rows, completionTokens, prompts, prefixTokens } = shape;
    const window = kind.attention === "sliding" ? config.slidingWindow : null;
    const membership = weightOf(inputs, "membership");
    /** Each row's own share of what its prompt has: [prompts, …] to [rows, …]. */
    const ofPrompt = (x: Tensor): Tensor =>
      tf.reshape(tf.matMul(membership, tf.reshape(x, [prompts, -1])), [rows, ...x.shape.slice(1)]);
    const turned = (x: Tensor, heads: number) =>
      rotateHeads(x, weightOf(inputs, "cosine"), weightOf(inputs, "sine"), heads);
    /** Packed rows to [rows, heads, completionTokens, d] and [prompts, heads, prefixTokens, d]. */
    const inSlots = (x: Tensor, heads: number, indices: "queries" | "keys"): [Tensor, Tensor] => {
      const [there, back] = [weightOf(inputs, `${indices}ToSlots`), weightOf(inputs, `${indices}ToTokens`)];
      const all = reorderRows(tf.reshape(x, [-1, width]), there, tf.reshape(back, [-1]));
      const sizes = [rows * heads * completionTokens, prompts * heads * prefixTokens];
      const [own, prefix] = tf.split(all, sizes, 0) as [Tensor, Tensor];
      return [
        tf.reshape(own, [rows, heads, completionTokens, width]),
        tf.reshape(prefix, [prompts, heads, prefixTokens, width]),
      ];
    };

    const ownSlots = rows * completionTokens;
    const [own, prefix] = tf.split(weightOf(inputs, "slotPositions"), [ownSlots, prompts * prefixTokens]);
    const ownPositions = tf.reshape(own as Tensor, [rows, completionTokens]);
    const prefixPositions = tf.reshape(prefix as Tensor, [prompts, prefixTokens]);
    const prefixKeyPositions = weightOf(inputs, "keyPositions");
    const [ownQuery, prefixQuery] = inSlots(turned(query, attentionHeads), attentionHeads, "queries");
    const [ownKey, prefixKey] = inSlots(turned(key, keyValueHeads), keyValueHeads, "keys");
    const [ownValue, prefixValue] = inSlots(value, keyValueHeads, "keys");
    const prefixMixed = attendAt(
      prefixQuery,
      prefixKey,
      prefixValue,
      { queries: prefixPositions, keys: prefixKeyPositions, window },
      options,
    );
    const ownMixed = attendAt(
      ownQuery,
      tf.concat([ofPrompt(prefixKey), ownKey], 2),
      tf.concat([ofPrompt(prefixValue), ownValue], 2),
      { queries: ownPositions, keys: tf.concat([ofPrompt(prefixKeyPositions), ownPositions], 1), window },
      options,
    );
    const mixed = tf.concat([tf.reshape(ownMixed, [-1, width]), tf.reshape(prefixMixed, [-1, width])], 0);
    const packed = reorderRows(
      mixed,
      tf.reshape(weightOf(inputs, "queriesToTokens"), [-1]),
      weightOf(inputs, "queriesToSlots"),
    );
    return tf.reshape(packed, [-1, attentionHeads * width]);
  };

const inputSpecs = ({ config, kind, shape }: LayerProgramOptions): Specs => ({
  x: float(TOKENS, config.hiddenSize),
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
  const { config, kind, linear } = options;
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
      dy: float(TOKENS, config.hiddenSize),
      ...(recompute ? {} : keptSpecs(config)),
    },
  };
};
