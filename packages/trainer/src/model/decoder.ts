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
import { rmsNorm } from "./norm.js";
import type { RotaryAngles } from "./rotary.js";
import { rotaryAngles, rotate } from "./rotary.js";

/**
 * One layer's attention: `query` [rows, heads, tokens, d], `key` and `value` [rows, keyValueHeads, tokens, d], all
 * rotated; returns [rows, heads, tokens, d]. Training, prefill and decoding differ in this alone.
 */
export type LayerAttention = (layer: number, query: Tensor, key: Tensor, value: Tensor) => Tensor;

/** The weight of that name. Throws where the program was given none. */
function weightOf(parameters: Tensors, name: string): Tensor {
  const weight = parameters[name];
  if (weight === undefined) throw new Error(`The program has no input named ${name}.`);
  return weight;
}

/** x·Wᵀ (+ b): `x` [count, inputs], W [outputs, inputs]. */
function linear(parameters: Tensors, name: string, x: Tensor): Tensor {
  const product = tf.matMul(x, weightOf(parameters, `${name}.weight`), false, true);
  const bias = parameters[`${name}.bias`];
  return bias === undefined ? product : tf.add(product, bias);
}

function norm(config: ModelConfig, parameters: Tensors, name: string, x: Tensor): Tensor {
  return rmsNorm(x, weightOf(parameters, `${name}.weight`), config.normEpsilon, config.normOffset);
}

/** Embeddings of `ids` (int32, any shape): [count, hiddenSize]. */
function embed(config: ModelConfig, parameters: Tensors, ids: Tensor, unique?: UniqueIds<Tensor>): Tensor {
  const looked = embedding(weightOf(parameters, "model.embed_tokens.weight"), ids, unique);
  const embedded = tf.reshape(looked, [-1, config.hiddenSize]);
  return config.embeddingScale === 1 ? embedded : tf.mul(embedded, Math.fround(config.embeddingScale));
}

/**
 * All layers: `ids` and `positions` int32 [rows, tokens]. Returns the last layer's output before the final norm,
 * [rows * tokens, hiddenSize].
 */
export function decoderLayers(
  config: ModelConfig,
  parameters: Tensors,
  ids: Tensor,
  positions: Tensor,
  attention: LayerAttention,
  unique?: UniqueIds<Tensor>,
): Tensor {
  const [rows, tokens] = ids.shape as [number, number];
  const width = config.headDimension;
  const anglesOf = anglesByType(config, positions);
  let x = embed(config, parameters, ids, unique);

  const heads = (projected: Tensor, count: number): Tensor =>
    tf.transpose(tf.reshape(projected, [rows, tokens, count, width]), [0, 2, 1, 3]);

  const attentionBlock = (layer: number, input: Tensor): Tensor => {
    const name = `model.layers.${layer}.self_attn`;
    let query = heads(linear(parameters, `${name}.q_proj`, input), config.attentionHeads);
    let key = heads(linear(parameters, `${name}.k_proj`, input), config.keyValueHeads);
    const value = heads(linear(parameters, `${name}.v_proj`, input), config.keyValueHeads);
    if (config.queryKeyNorm) {
      query = norm(config, parameters, `${name}.q_norm`, query);
      key = norm(config, parameters, `${name}.k_norm`, key);
    }
    const angles = anglesOf(config.attentionTypes[layer] ?? "full");
    const mixed = attention(layer, rotate(query, angles), rotate(key, angles), value);
    const joined = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [-1, config.attentionHeads * width]);
    return linear(parameters, `${name}.o_proj`, joined);
  };

  const feedForward = (layer: number, input: Tensor): Tensor => {
    const name = `model.layers.${layer}.mlp`;
    const gate = linear(parameters, `${name}.gate_proj`, input);
    const up = linear(parameters, `${name}.up_proj`, input);
    return linear(parameters, `${name}.down_proj`, gated(gate, up, config.activation));
  };

  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = `model.layers.${layer}`;
    const normed = (name: string, input: Tensor) => norm(config, parameters, `${prefix}.${name}`, input);
    const attended = attentionBlock(layer, normed("input_layernorm", x));
    if (config.sandwichNorm) {
      x = tf.add(x, normed("post_attention_layernorm", attended));
      x = tf.add(x, normed("post_feedforward_layernorm", feedForward(layer, normed("pre_feedforward_layernorm", x))));
    } else {
      x = tf.add(x, attended);
      x = tf.add(x, feedForward(layer, normed("post_attention_layernorm", x)));
    }
  }
  return x;
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
export function finalNorm(config: ModelConfig, parameters: Tensors, x: Tensor): Tensor {
  return norm(config, parameters, "model.norm", x);
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
}

/**
 * The whole sequence at once, for training: the last layer's output before the final norm, [rows * tokens,
 * hiddenSize]. Padding gets finite values that mean nothing and have no influence on real tokens.
 */
export function decoderHidden(config: ModelConfig, parameters: Tensors, inputs: SequenceInputs): Tensor {
  const tokens = inputs.ids.shape[1] as number;
  const biases = new Map<AttentionType, Tensor>();
  const biasOf = (type: AttentionType): Tensor => {
    const bias =
      biases.get(type) ?? causalBias(tokens, inputs.keyMask, type === "sliding" ? config.slidingWindow : null);
    biases.set(type, bias);
    return bias;
  };
  const attention: LayerAttention = (layer, query, key, value) =>
    attend(query, key, value, biasOf(config.attentionTypes[layer] ?? "full"), config.attentionScale);
  return decoderLayers(config, parameters, inputs.ids, inputs.positions, attention, inputs.unique);
}
