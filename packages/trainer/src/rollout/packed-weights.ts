// Weights as a decode program holds them: in one piece for each product, float32 or in 8 bits.
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { Buffer, Buffers, Engine } from "../engine/engine.js";
import { addedProduct } from "../engine/operators/added-product.js";
import type { Int8Weight } from "../engine/operators/int8-product.js";
import { int8Product, sharedScaleProduct } from "../engine/operators/int8-product.js";
import type { ModelConfig } from "../model/config.js";
import { type Linear, linearNames, weightOf, withBias } from "../model/linear.js";
import type { RolloutProducts } from "./products.js";
import { quantiseWeight } from "./quantise.js";

/** What a decode program is compiled with. */
export interface PackedWeights {
  /** Norms, biases and, in float32, products. */
  readonly constants: Buffers;
  readonly products: RolloutProducts;
}

/** Projections of one input, which are computed as one product, under the first one's name. */
const joined: Readonly<Record<string, readonly string[]>> = {
  q_proj: ["q_proj", "k_proj", "v_proj"],
  gate_proj: ["gate_proj", "up_proj"],
};

/** A projection's place: its module and its own name. */
function placeOf(name: string): { readonly module: string; readonly own: string } {
  const dot = name.lastIndexOf(".");
  return { module: name.slice(0, dot + 1), own: name.slice(dot + 1) };
}

const headWeight = (config: ModelConfig): string =>
  config.tiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight";
/** The head among the products. */
export const headName = "rollout.head";

/** One product of the program: the weights of one or several projections, below one another. */
interface Product {
  readonly name: string;
  readonly parts: readonly Buffer[];
}

function productsOf(config: ModelConfig, weights: Buffers): Product[] {
  const products: Product[] = [{ name: headName, parts: [weights[headWeight(config)] as Buffer] }];
  for (const name of Object.keys(weights)) {
    if (!name.startsWith("model.layers.") || !name.endsWith("_proj.weight")) continue;
    const { module, own } = placeOf(name.slice(0, -".weight".length));
    const isLater = Object.values(joined).some((names) => names.indexOf(own) > 0);
    if (isLater) continue;
    const parts = (joined[own] ?? [own]).map((part) => weights[linearNames.weight(`${module}${part}`)] as Buffer);
    products.push({ name: `${module}${own}`, parts });
  }
  return products;
}

const floats = ({ data }: Buffer): Float32Array => {
  if (data instanceof Float32Array) return data;
  throw new Error("Packed weights must be float32 in this thread's memory.");
};

/** Weights [outputs, inputs] below one another. */
function stack(parts: readonly Buffer[]): { readonly data: Float32Array; readonly shape: [number, number] } {
  const inputs = parts[0]?.shape[1] as number;
  const outputs = parts.reduce((sum, { shape }) => sum + (shape[0] as number), 0);
  if (parts.length === 1) return { data: floats(parts[0] as Buffer), shape: [outputs, inputs] };
  const data = new Float32Array(outputs * inputs);
  let offset = 0;
  for (const part of parts) {
    data.set(floats(part), offset);
    offset += floats(part).length;
  }
  return { data, shape: [outputs, inputs] };
}

/** What is not multiplied as a matrix: norms and biases. */
const smallWeights = (weights: Buffers): Buffers =>
  Object.fromEntries(
    Object.entries(weights).filter(([name, { shape }]) => shape.length === 1 && name !== "model.embed_tokens.weight"),
  );

type Multiply = (parameters: Parameters<Linear>[0], name: string, x: Tensor) => Tensor;

/** A layer's projections by joined products: the first of several computes all of them. */
function joinedLinear(widths: ReadonlyMap<string, readonly number[]>, multiply: Multiply): Linear {
  const waiting = new Map<string, Tensor>();
  return (parameters, name, x) => {
    const { module, own } = placeOf(name);
    const known = waiting.get(name);
    waiting.delete(name);
    if (known !== undefined) return withBias(parameters, name, known);
    const product = multiply(parameters, name, x);
    const names = joined[own];
    if (names === undefined) return withBias(parameters, name, product);
    const [first, ...others] = tf.split(product, [...(widths.get(name) ?? [])], -1) as [Tensor, ...Tensor[]];
    others.forEach((other, index) => waiting.set(`${module}${names[index + 1]}`, other));
    return withBias(parameters, name, first);
  };
}

const widthsOf = (products: readonly Product[]): ReadonlyMap<string, readonly number[]> =>
  new Map(products.map(({ name, parts }) => [name, parts.map(({ shape }) => shape[0] as number)]));

/** Weights in float32, in one piece for each product. */
export function packFloat32(engine: Engine, config: ModelConfig, weights: Buffers): PackedWeights {
  const products = productsOf(config, weights);
  const constants: Record<string, Buffer> = { ...smallWeights(weights) };
  for (const { name, parts } of products) {
    const { data, shape } = stack(parts);
    constants[linearNames.weight(name)] = engine.buffer(data, shape);
  }
  const multiply: Multiply = (parameters, name, x) =>
    tf.matMul(x, weightOf(parameters, linearNames.weight(name)), false, true);
  return {
    constants,
    products: {
      linear: joinedLinear(widthsOf(products), multiply),
      head: (parameters, hidden) => multiply(parameters, headName, hidden),
    },
  };
}

/** The largest size of each input of a product, by the name of its (first) projection, or of the head. */
export type InputSizes = ReadonlyMap<string, Float32Array>;

/**
 * Share of a product's inputs that stay in float32: those that grow largest (Dettmers et al. 2022, LLM.int8()). What
 * attention reads is the most sensitive and the smallest part. On SmolLM2 the mean difference of log-probabilities is
 * 0.048; 0.050 with an eighth everywhere, 0.054 with a sixteenth.
 */
const largeInputShare = (product: string): number => {
  if (product.endsWith(".q_proj")) return 1 / 2;
  return product.endsWith(".o_proj") ? 1 / 4 : 1 / 8;
};

/**
 * Where a norm comes before, rows are about as large as one another and share one scale; elsewhere each row needs its
 * own, without which the drift is about 1.7 times as large.
 */
const followsNorm = (product: string): boolean => !/\.(o|down)_proj$/.test(product);

const names = {
  largeInputs: (name: string) => `${name}.large_inputs`,
  largeWeight: (name: string) => `${name}.large_weight`,
  smallInputs: (name: string) => `${name}.small_inputs`,
};

/**
 * Weights in 8 bits; norms and biases in float32, and so the weights of the inputs that grow largest: a few channels
 * are many times as large as the others, which would be left with few of the 8 bits. `sizes` says which.
 */
export function packInt8(engine: Engine, config: ModelConfig, weights: Buffers, sizes: InputSizes): PackedWeights {
  const products = productsOf(config, weights);
  const constants: Record<string, Buffer> = { ...smallWeights(weights) };
  const quantised = new Map<string, Int8Weight>();
  for (const { name, parts } of products) {
    const inputs = parts[0]?.shape[1] as number;
    const large = largestOf(sizes.get(name) ?? new Float32Array(inputs), Math.ceil(inputs * largeInputShare(name)));
    const { weight, columns } = quantiseWeight(parts.map(floats), inputs, large);
    quantised.set(name, weight);
    constants[names.largeInputs(name)] = engine.buffer(large, [large.length]);
    constants[names.largeWeight(name)] = engine.buffer(columns, [large.length, weight.outputs]);
    const small = new Float32Array(inputs).fill(1);
    for (const input of large) small[input] = 0;
    constants[names.smallInputs(name)] = engine.buffer(small, [inputs]);
  }
  const multiply: Multiply = (parameters, name, x) => {
    const constant = (part: string) => weightOf(parameters, part);
    const small = tf.mul(x, constant(names.smallInputs(name)));
    const large = tf.gather(x, constant(names.largeInputs(name)) as tf.Tensor1D, 1);
    const product = followsNorm(name) ? sharedScaleProduct : int8Product;
    const base = product(small, name, quantised.get(name) as Int8Weight);
    return addedProduct(base, large, constant(names.largeWeight(name)));
  };
  return {
    constants,
    products: {
      linear: joinedLinear(widthsOf(products), multiply),
      head: (parameters, hidden) => multiply(parameters, headName, hidden),
    },
  };
}

/** Places of the largest values, in ascending order. */
function largestOf(values: Float32Array, count: number): Int32Array {
  const order = [...values.keys()].sort((a, b) => (values[b] as number) - (values[a] as number) || a - b);
  return Int32Array.from(order.slice(0, count)).sort();
}
