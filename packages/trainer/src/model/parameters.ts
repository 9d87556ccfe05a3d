// The weights of a decoder: names, shapes and order, under Hugging Face's names and in its layout ([out, in]).
import type { TensorSpec } from "../engine/engine.js";
import type { ModelConfig } from "./config.js";

/** One weight in memory. */
export interface Parameter {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Weights by Hugging Face name, first layer first. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** Names and shapes of a model's weights, first layer first. A tied output head is not listed. */
export function parameterShapes(config: ModelConfig): Record<string, readonly number[]> {
  const { hiddenSize, intermediateSize, headDimension, vocabularySize } = config;
  const queryWidth = config.attentionHeads * headDimension;
  const keyWidth = config.keyValueHeads * headDimension;
  const shapes: Record<string, readonly number[]> = { "model.embed_tokens.weight": [vocabularySize, hiddenSize] };
  const linear = (name: string, outputs: number, inputs: number, bias: boolean) => {
    shapes[`${name}.weight`] = [outputs, inputs];
    if (bias) shapes[`${name}.bias`] = [outputs];
  };
  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = `model.layers.${layer}`;
    shapes[`${prefix}.input_layernorm.weight`] = [hiddenSize];
    linear(`${prefix}.self_attn.q_proj`, queryWidth, hiddenSize, config.attentionBias);
    linear(`${prefix}.self_attn.k_proj`, keyWidth, hiddenSize, config.attentionBias);
    linear(`${prefix}.self_attn.v_proj`, keyWidth, hiddenSize, config.attentionBias);
    linear(`${prefix}.self_attn.o_proj`, hiddenSize, queryWidth, config.attentionOutputBias);
    if (config.queryKeyNorm) {
      shapes[`${prefix}.self_attn.q_norm.weight`] = [headDimension];
      shapes[`${prefix}.self_attn.k_norm.weight`] = [headDimension];
    }
    shapes[`${prefix}.post_attention_layernorm.weight`] = [hiddenSize];
    if (config.sandwichNorm) {
      shapes[`${prefix}.pre_feedforward_layernorm.weight`] = [hiddenSize];
      shapes[`${prefix}.post_feedforward_layernorm.weight`] = [hiddenSize];
    }
    linear(`${prefix}.mlp.gate_proj`, intermediateSize, hiddenSize, config.feedForwardBias);
    linear(`${prefix}.mlp.up_proj`, intermediateSize, hiddenSize, config.feedForwardBias);
    linear(`${prefix}.mlp.down_proj`, hiddenSize, intermediateSize, config.feedForwardBias);
  }
  shapes["model.norm.weight"] = [hiddenSize];
  if (!config.tiedEmbeddings) shapes["lm_head.weight"] = [vocabularySize, hiddenSize];
  return shapes;
}

/** How many numbers a shape holds. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** All numbers of a model, tied ones once. */
export function parameterCount(config: ModelConfig): number {
  return Object.values(parameterShapes(config)).reduce((sum, shape) => sum + elementCount(shape), 0);
}

/** The weights as inputs of a program. */
export function weightSpecs(config: ModelConfig): Record<string, TensorSpec> {
  return Object.fromEntries(
    Object.entries(parameterShapes(config)).map(([name, shape]) => [name, { shape, dtype: "float32" }]),
  );
}
