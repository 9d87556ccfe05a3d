/**
 * Inputs of products of one range: a few channels of what a norm gives are many times as large as the others, which
 * would be left with few of the 8 bits of their block. The norm's gains are divided, and the weight's columns multiplied,
 * by the square root of each channel's largest size (after SmoothQuant, Xiao et al., 2022; its factor without the
 * weights' own sizes). It changes no product but for rounding, and costs nothing while sampling.
 */
import type { ModelConfig } from "../model/config.js";

/** The largest size of each input of a product, by the name of its (first) projection. */
export type InputSizes = ReadonlyMap<string, Float32Array>;

/** Sizes below this share of a product's largest count as this. */
const smallestShare = 1e-3;

/** The name of the gains of the norm whose result the product reads and no other does; null where there is none. */
export function normBefore(config: ModelConfig, product: string): string | null {
  const layer = /^model\.layers\.\d+/.exec(product)?.[0];
  if (product.endsWith(".q_proj")) return `${layer}.input_layernorm.weight`;
  if (!product.endsWith(".gate_proj")) return null;
  return `${layer}.${config.sandwichNorm ? "pre_feedforward_layernorm" : "post_attention_layernorm"}.weight`;
}

/** What to multiply a weight's columns by, [inputs]; ones where sizes are not known. */
export function inputFactors(sizes: Float32Array | undefined, inputs: number): Float32Array {
  const largest = sizes?.reduce((most, size) => Math.max(most, size), 0) ?? 0;
  if (sizes === undefined || !(largest > 0) || !Number.isFinite(largest)) return new Float32Array(inputs).fill(1);
  return sizes.map((size) => Math.sqrt(Math.max(size / largest, smallestShare)));
}

/** Writes gains over factors into `scaled`; what counts as a gain is the weight and the family's offset. */
export function scaleNorm(scaled: Float32Array, gains: Float32Array, factors: Float32Array, offset: number): void {
  for (let index = 0; index < scaled.length; index++) {
    scaled[index] = ((gains[index] as number) + offset) / (factors[index] as number) - offset;
  }
}
