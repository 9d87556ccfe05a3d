// Weights as a decode program holds them: in one piece for each product, float32 or in 8 bits.
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { readFloats } from "../engine/buffers.js";
import type { Buffer, Buffers, Engine } from "../engine/engine.js";
import { int8Product, type Int8Weight } from "../engine/operators/int8-product.js";
import type { ModelConfig } from "../model/config.js";
import { vocabularyLogits } from "../model/decoder.js";
import { type Linear, linearNames, weightOf, withBias } from "../model/linear.js";
import type { RolloutProducts } from "./products.js";
import { type InputSizes, inputFactors, normBefore, scaleNorm } from "./input-scales.js";
import { emptyInt8Weight, quantiseInto } from "./quantise.js";

/** What a decode program is compiled with. */
export interface PackedWeights {
  /** Norms, biases and, in float32, products. */
  readonly constants: Buffers;
  readonly products: RolloutProducts;
  /**
   * Takes over the values that the weights have now, in place. False where other memory holds them now. `sizes` are
   * those of the generation batch to come.
   */
  refresh(weights: Buffers, sizes: InputSizes): Promise<boolean>;
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

const embeddings = "model.embed_tokens.weight";

/** The head among the products that a program holds. */
const headName = "rollout.head";

const headOf = (config: ModelConfig, weights: Buffers): Buffer =>
  weights[config.tiedEmbeddings ? embeddings : "lm_head.weight"] as Buffer;

/** One product of the program: the weights of one or several projections, below one another. */
interface Product {
  readonly name: string;
  readonly parts: readonly Buffer[];
}

function projectionsOf(weights: Buffers): Product[] {
  const products: Product[] = [];
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

/** Room for weights [outputs, inputs] below one another; a single one stays where it is. */
function stackOf(engine: Engine, parts: readonly Buffer[]): Buffer {
  const inputs = parts[0]?.shape[1] as number;
  const outputs = parts.reduce((sum, { shape }) => sum + (shape[0] as number), 0);
  if (parts.length === 1) return engine.view(parts[0] as Buffer, [outputs, inputs]);
  return engine.buffer(new Float32Array(outputs * inputs), [outputs, inputs]);
}

/** Copies several parts below one another. */
function fillStack(stack: Buffer, parts: readonly Buffer[]): void {
  if (parts.length === 1) return;
  let offset = 0;
  for (const part of parts) {
    floats(stack).set(floats(part), offset);
    offset += floats(part).length;
  }
}

/** Whether weights lie in the memory in which they lay before. */
const sameMemory = (before: Buffers, now: Buffers): boolean =>
  Object.keys(before).every((name) => before[name]?.data === now[name]?.data);

/** The values of a weight, which a device copies into memory. */
const valuesOf = async (buffer: Buffer): Promise<Float32Array> =>
  buffer.data === null ? readFloats(buffer, "a weight") : floats(buffer);

/** What is not multiplied as a matrix: norms and biases. */
const smallWeights = (weights: Buffers): Buffers =>
  Object.fromEntries(Object.entries(weights).filter(([name, { shape }]) => shape.length === 1 && name !== embeddings));

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

/** x·Wᵀ with a weight that the program holds in float32. */
const floatProduct: Multiply = (parameters, name, x) =>
  tf.matMul(x, weightOf(parameters, linearNames.weight(name)), false, true);

/** Weights in float32, in one piece for each product. */
export function packFloat32(engine: Engine, config: ModelConfig, weights: Buffers): PackedWeights {
  const products = [{ name: headName, parts: [headOf(config, weights)] }, ...projectionsOf(weights)];
  const stacks = products.map(({ name, parts }) => ({ name, parts, stack: stackOf(engine, parts) }));
  const fill = (): void => stacks.forEach(({ stack, parts }) => fillStack(stack, parts));
  fill();
  return {
    constants: {
      ...smallWeights(weights),
      ...Object.fromEntries(stacks.map(({ name, stack }) => [linearNames.weight(name), stack])),
    },
    products: {
      linear: joinedLinear(widthsOf(products), floatProduct),
      head: (parameters, hidden) => floatProduct(parameters, headName, hidden),
    },
    refresh(now) {
      const isSame = sameMemory(weights, now);
      if (isSame) fill();
      return Promise.resolve(isSame);
    },
  };
}

/**
 * Projections in 8 bits; norms and biases in float32, and the head: its errors go straight into the log-probabilities,
 * and made up nearly two fifths of the variance of SmolLM2's, though it is one product of many. Where a norm comes before
 * a product, its gains take over a part of what makes some inputs larger than others (see input-scales.ts).
 *
 * On a device all that is not made anew of the weights stays an input.
 */
export async function packInt8(
  engine: Engine,
  config: ModelConfig,
  weights: Buffers,
  sizes: InputSizes,
): Promise<PackedWeights> {
  const products = projectionsOf(weights).map((product) => {
    const outputs = product.parts.reduce((sum, { shape }) => sum + (shape[0] as number), 0);
    const weight = emptyInt8Weight(outputs, product.parts[0]?.shape[1] as number);
    return { ...product, weight, norm: normBefore(config, product.name) };
  });
  const gains = products.flatMap(({ norm }) => {
    const { shape } = weights[norm ?? ""] ?? { shape: [0] };
    return norm === null ? [] : [[norm, engine.buffer(new Float32Array(shape[0] as number), shape)] as const];
  });
  const constants: Buffers = {
    ...(engine.inMemory
      ? { ...smallWeights(weights), [linearNames.weight(headName)]: headOf(config, weights) }
      : undefined),
    ...Object.fromEntries(gains),
  };
  const quantise = async (from: Buffers, now: InputSizes): Promise<void> => {
    const partsOf = new Map(projectionsOf(from).map(({ name, parts }) => [name, parts]));
    for (const { name, weight, norm } of products) {
      const parts = partsOf.get(name) ?? [];
      const factors = inputFactors(now.get(name), weight.inputs);
      if (norm) {
        const unscaled = await valuesOf(from[norm] as Buffer);
        scaleNorm(floats(constants[norm] as Buffer), unscaled, factors, config.normOffset);
      }
      const values = await Promise.all(parts.map(valuesOf));
      quantiseInto(weight, values, norm === null ? undefined : factors);
    }
  };
  await quantise(weights, sizes);
  const quantised = new Map(products.map(({ name, weight }) => [name, weight]));
  return {
    constants,
    products: {
      linear: joinedLinear(widthsOf(products), (_parameters, name, x) =>
        int8Product(x, name, quantised.get(name) as Int8Weight),
      ),
      head: (parameters, hidden) =>
        engine.inMemory ? floatProduct(parameters, headName, hidden) : vocabularyLogits(config, parameters, hidden),
    },
    async refresh(now, nowSizes) {
      // In memory the program has the head's own.
      if (engine.inMemory && !sameMemory(weights, now)) return false;
      await quantise(now, nowSizes);
      return true;
    },
  };
}
