// The decoder-only transformer that all families share (Llama's layout), as pure functions over TensorFlow.js: the
// engine traces or runs them. Weights are inputs, by Hugging Face name, so one program serves policy and reference.
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { Tensors } from "../engine/engine.js";
import type { UniqueIds } from "../engine/operators/embedding.js";
import { embedding } from "../engine/operators/embedding.js";
import { gated } from "./activation.js";
import { attend, causalBias } from "./attention.js";
import type { AttentionType, ModelConfig } from "./config.js";
import { type Linear, linear, weightOf } from "./linear.js";
import { rmsNorm } from "./norm.js";
import type { RotaryAngles } from "./rotary.js";
import { rotaryAngles, rotate } from "./rotary.js";

/**
 * One layer's attention: `query` [rows, heads, queries, d], `key` and `value` [rows, keyValueHeads, tokens, d], all
 * rotated; returns [rows, heads, queries, d]. Queries are the last columns: fewer than all in training's last layer
 * only. Training, prefill and decoding differ in this alone.
 */
export type LayerAttention = (layer: number, query: Tensor, key: Tensor, value: Tensor) => Tensor;

/** How a norm is computed: {@link rmsNorm}, or one without a gradient. */
export type Norm = typeof rmsNorm;

function norm(config: ModelConfig, parameters: Tensors, name: string, x: Tensor, compute: Norm = rmsNorm): Tensor {
  return compute(x, weightOf(parameters, `${name}.weight`), config.normEpsilon, config.normOffset);
}

/** Embeddings of `ids` (int32 [rows, tokens]): [rows, tokens, hiddenSize]. */
export function embed(config: ModelConfig, parameters: Tensors, ids: Tensor, unique?: UniqueIds<Tensor>): Tensor {
  const embedded = embedding(weightOf(parameters, "model.embed_tokens.weight"), ids, unique);
  return config.embeddingScale === 1 ? embedded : tf.mul(embedded, Math.fround(config.embeddingScale));
}

/** What one layer does with its projections; see {@link decoderLayer}. */
export interface LayerParts {
  /**
   * Mixes values over tokens: `query` [count, heads * d], `key` and `value` [tokens, keyValueHeads * d], normalised as
   * the family does but not rotated. Returns [count, heads * d].
   */
  readonly mix: (query: Tensor, key: Tensor, value: Tensor) => Tensor;
  /** The rows [count, …] of [tokens, …] that go on from here; the others only lend keys and values. Default: all. */
  readonly keep?: (x: Tensor) => Tensor;
  /** How projections are computed. */
  readonly linear?: Linear;
  readonly norm?: Norm;
}

/** One layer on packed rows: `x` [tokens, hiddenSize]; returns [count, hiddenSize]. Its weights have `prefix`. */
export function decoderLayer(
  config: ModelConfig,
  parameters: Tensors,
  prefix: string,
  x: Tensor,
  { mix, keep = (rows) => rows, linear: project = linear, norm: normalise = rmsNorm }: LayerParts,
): Tensor {
  const normed = (name: string, input: Tensor) => norm(config, parameters, `${prefix}.${name}`, input, normalise);
  const projected = (name: string, input: Tensor) => project(parameters, `${prefix}.${name}`, input);
  const byHead = (name: string, input: Tensor): Tensor => {
    if (!config.queryKeyNorm) return input;
    return tf.reshape(normed(name, tf.reshape(input, [-1, config.headDimension])), input.shape);
  };
  const attended = (input: Tensor): Tensor => {
    const query = byHead("self_attn.q_norm", projected("self_attn.q_proj", keep(input)));
    const key = byHead("self_attn.k_norm", projected("self_attn.k_proj", input));
    return projected("self_attn.o_proj", mix(query, key, projected("self_attn.v_proj", input)));
  };
  const feedForward = (input: Tensor): Tensor => {
    const [gate, up] = [projected("mlp.gate_proj", input), projected("mlp.up_proj", input)];
    return projected("mlp.down_proj", gated(gate, up, config.activation));
  };
  const mixed = attended(normed("input_layernorm", x));
  const kept = keep(x);
  if (!config.sandwichNorm) {
    const middle = tf.add(kept, mixed);
    return tf.add(middle, feedForward(normed("post_attention_layernorm", middle)));
  }
  const middle = tf.add(kept, normed("post_attention_layernorm", mixed));
  const fed = feedForward(normed("pre_feedforward_layernorm", middle));
  return tf.add(middle, normed("post_feedforward_layernorm", fed));
}

/** What callers of all layers may choose. */
export interface LayersOptions {
  /** Columns of the last layer's output that are wanted, from the last. Default: all. */
  readonly lastColumns?: number;
  readonly linear?: Linear;
}

/**
 * All layers: `embedded` [rows, tokens, hiddenSize], `positions` int32 [rows or 1, tokens]. Returns the last layer's
 * output before the final norm for the last `lastColumns` columns, [rows * columns, hiddenSize]; keys and values see
 * every column.
 */
export function decoderLayers(
  config: ModelConfig,
  parameters: Tensors,
  embedded: Tensor,
  positions: Tensor,
  attention: LayerAttention,
  options: LayersOptions = {},
): Tensor {
  const [rows, tokens] = embedded.shape as [number, number, number];
  const { attentionHeads, keyValueHeads, headDimension: width } = config;
  const anglesOf = anglesByType(config, positions);

  const heads = (projected: Tensor, columns: number, count: number): Tensor =>
    tf.transpose(tf.reshape(projected, [rows, columns, count, width]), [0, 2, 1, 3]);

  const lastOf = (x: Tensor, columns: number): Tensor => {
    if (columns === tokens) return x;
    const size = [rows, columns, config.hiddenSize];
    const kept = tf.slice(tf.reshape(x, [rows, tokens, config.hiddenSize]), [0, tokens - columns, 0], size);
    return tf.reshape(kept, [-1, config.hiddenSize]);
  };

  let x = tf.reshape(embedded, [-1, config.hiddenSize]);
  for (let layer = 0; layer < config.layers; layer++) {
    const columns = layer === config.layers - 1 ? (options.lastColumns ?? tokens) : tokens;
    const angles = anglesOf(config.attentionTypes[layer] ?? "full");
    x = decoderLayer(config, parameters, `model.layers.${layer}`, x, {
      mix: (query, key, value) => {
        const mixed = attention(
          layer,
          rotate(heads(query, columns, attentionHeads), lastAngles(angles, columns)),
          rotate(heads(key, tokens, keyValueHeads), angles),
          heads(value, tokens, keyValueHeads),
        );
        return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [-1, attentionHeads * width]);
      },
      keep: (rowsOfAll) => lastOf(rowsOfAll, columns),
      ...(options.linear ? { linear: options.linear } : {}),
    });
  }
  return x;
}

/** The angles of the last columns. */
function lastAngles(angles: RotaryAngles, columns: number): RotaryAngles {
  const tokens = angles.cosine.shape[2] as number;
  if (columns === tokens) return angles;
  const last = (x: Tensor) => tf.slice(x, [0, 0, tokens - columns, 0], [-1, -1, columns, -1]);
  return { cosine: last(angles.cosine), sine: last(angles.sine) };
}

/** Rotary angles for each attention type that the model uses; computed once where both are the same. */
function anglesByType(config: ModelConfig, positions: Tensor): (type: AttentionType) => RotaryAngles {
  const computed = new Map<string, RotaryAngles>();
  return (type) => {
    const settings = JSON.stringify(config.rotary[type]);
    const angles = computed.get(settings) ?? rotaryAngles(positions, config.headDimension, config.rotary[type]);
    computed.set(settings, angles);
    return angles;
  };
}

/** The final norm, on any rows of the last layer's output: [count, hiddenSize]. */
export function finalNorm(config: ModelConfig, parameters: Tensors, x: Tensor, compute?: Norm): Tensor {
  return norm(config, parameters, "model.norm", x, compute);
}

/** Scores of the next token, [count, vocabulary], from normalised hidden states [count, hiddenSize]. */
export function vocabularyLogits(config: ModelConfig, parameters: Tensors, hidden: Tensor): Tensor {
  const head = config.tiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight";
  return tf.matMul(hidden, weightOf(parameters, head), false, true);
}

/** What a training program reads, beside the weights. Prompts are padded on the left, completions on the right. */
export interface SequenceInputs {
  /** int32 [rows, tokens] */
  readonly ids: Tensor;
  /** int32 [rows, tokens]: 0 at each row's first real token; anything (0) at padding. */
  readonly positions: Tensor;
  /** float32 [rows, tokens]: 1 for real tokens, 0 for padding. */
  readonly keyMask: Tensor;
  /** The batch's distinct ids (see `uniqueIds`); without them the gradient of a large embedding costs much memory. */
  readonly unique?: UniqueIds<Tensor>;
  /** How projections are computed; see `linear.ts`. */
  readonly linear?: Linear;
}

/**
 * The whole sequence at once, for training: the last layer's output before the final norm for the `columns` columns
 * that predict the last `columns` tokens, [rows * columns, hiddenSize]. The last column predicts nothing and is not
 * computed. Padding gets finite values that mean nothing and have no influence on real tokens.
 */
export function decoderHidden(
  config: ModelConfig,
  parameters: Tensors,
  inputs: SequenceInputs,
  columns: number,
): Tensor {
  const [rows, all] = inputs.ids.shape as [number, number];
  const tokens = all - 1;
  const embedded = embed(config, parameters, inputs.ids, inputs.unique);
  const read = tf.slice(embedded, [0, 0, 0], [rows, tokens, config.hiddenSize]);
  const positions = tf.slice(inputs.positions, [0, 0], [rows, tokens]);
  const keyMask = tf.slice(inputs.keyMask, [0, 0], [rows, tokens]);
  const biases = new Map<AttentionType, Tensor>();
  const biasOf = (type: AttentionType): Tensor => {
    const window = type === "sliding" ? config.slidingWindow : null;
    const bias = biases.get(type) ?? causalBias(tokens, keyMask, window);
    biases.set(type, bias);
    return bias;
  };
  const attention: LayerAttention = (layer, query, key, value) => {
    const whole = biasOf(config.attentionTypes[layer] ?? "full");
    const queries = query.shape[2] as number;
    const bias = queries === tokens ? whole : tf.slice(whole, [0, 0, tokens - queries, 0], [-1, -1, queries, -1]);
    return attend(query, key, value, bias, config.attentionScale);
  };
  return decoderLayers(config, parameters, read, positions, attention, {
    lastColumns: columns,
    ...(inputs.linear ? { linear: inputs.linear } : {}),
  });
}
