// The two programs of generation, with symbolic sizes: prefill reads whole prompts, decode adds one token to each row.
// Caches go in as inputs and never come out: a step returns only its own keys and values, which is all that is copied.
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { Engine, Program, Specs, TensorSpec, Tensors } from "../engine/engine.js";
import { attend, attendToCache } from "../model/attention.js";
import type { ModelConfig } from "../model/config.js";
import type { LayerAttention } from "../model/decoder.js";
import { decoderLayers, embed, finalNorm, vocabularyLogits } from "../model/decoder.js";
import { type Linear, linear } from "../model/linear.js";
import { weightSpecs } from "../model/parameters.js";
import { decodeTokens } from "./decode-program.js";
import {
  biasName,
  cacheNames,
  hasWindow,
  identityName,
  input,
  inputSizeName,
  isCacheName,
  joinStep,
  placesName,
  realTokensName,
  stepName,
} from "./program-inputs.js";
import { cacheEntries, type KeyValueCache } from "./cache.js";
import { type InputSizes, normBefore } from "./input-scales.js";
import type { PackedWeights } from "./packed-weights.js";
import { type RolloutProducts, streamedProducts } from "./products.js";
import type { SamplingMode } from "./sampler.js";
import { chooseInGraph } from "./sampler.js";

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
   * Compiled when the first prompts were read. `identity` [rows, rows]; `ids`, `positions` int32 [rows]; `bias` [rows,
   * length] (and `windowBias`); past keys and values [rows, keyValueHeads, 1, length, d]; `temperature` [1]; `uniform`
   * [rows]. Returns `step`, this step's keys and values (see `stepName`), and `tokens` and `logProbabilities` [rows], or
   * `logits` [rows, vocabulary].
   */
  readonly decode: (inputSizes: InputSizes) => Promise<Program>;
  /** An empty cache for one generation batch, whose slots hold at most so many tokens. */
  readonly createCache: (maxTokens: number) => KeyValueCache;
}

/** How the decode program is made; it decides the last bits of the results, so never by what a clock says. */
export type DecodeKind =
  /** The model's own functions over weights as inputs: for small models. */
  | "plain"
  /** Fused operators over weights as inputs. */
  | "streamed"
  /** Fused operators over weights that the program holds in the order in which products read them. */
  | "packed"
  /** The same with weights of 8 bits. */
  | "int8";

/** The way of choosing tokens that programs are compiled for. */
export interface Choice {
  /** `filter` returns logits instead of tokens. */
  readonly mode: SamplingMode;
  /** True where some tokens may not be drawn yet: the inputs `forbidden` and `early` then say which and where. */
  readonly forbids: boolean;
}

const nameOf = ({ mode, forbids }: Choice): string => (forbids ? `${mode}-forbidding` : mode);

/**
 * Compiles the program that reads prompts. With `measures` it also returns the largest size of each input of the
 * products that follow a norm, under {@link inputSizeName}; it then has the input {@link realTokensName}.
 */
export function compilePrefill(
  engine: Engine,
  config: ModelConfig,
  choice: Choice,
  measures = false,
): Promise<Program> {
  const program = prefillProgram(config, choice, measures);
  const specs = {
    ...prefillSpecs(config, choice),
    ...(measures ? { [realTokensName]: float32("rows", "length") } : {}),
  };
  return engine.compile(`prefill-${nameOf(choice)}`, program, specs, { keeps: isCacheName });
}

/** Compiles the program that adds one token to each row, of a kind that reads weights as inputs. */
export function compileDecode(
  engine: Engine,
  config: ModelConfig,
  choice: Choice,
  fused: boolean,
  spinning = false,
): Promise<Program> {
  const program = fused
    ? fusedDecodeProgram(config, choice, streamedProducts(config))
    : plainDecodeProgram(config, choice);
  const identity = fused ? { [identityName]: float32("rows", "rows") } : {};
  const specs = { ...weightSpecs(config), ...decodeSpecs(config, choice), ...identity };
  return engine.compile(`decode-${nameOf(choice)}`, program, specs, { spinning });
}

/**
 * Compiles the program that adds one token to each row where the cache lies on a device: it has the input
 * {@link placesName}, and instead of `step` it returns the past keys and values with this step's added.
 */
export function compileDeviceDecode(engine: Engine, config: ModelConfig, choice: Choice): Promise<Program> {
  const products: RolloutProducts = {
    linear,
    head: (parameters, hidden) => vocabularyLogits(config, parameters, hidden),
  };
  const program = fusedDecodeProgram(config, choice, products, true);
  return engine.compile(`device-decode-${nameOf(choice)}`, program, deviceDecodeSpecs(config, choice));
}

/**
 * Compiles the decode program with its weights inside. It still reads the embeddings as an input; on a device, where it
 * is otherwise that of {@link compileDeviceDecode}, all weights that are not packed.
 */
export function compilePackedDecode(
  engine: Engine,
  config: ModelConfig,
  choice: Choice,
  { constants, products }: PackedWeights,
  spinning: boolean,
): Promise<Program> {
  const embeddings = "model.embed_tokens.weight";
  const specs: Record<string, TensorSpec> = engine.inMemory
    ? { ...decodeSpecs(config, choice), [embeddings]: weightSpecs(config)[embeddings] as TensorSpec }
    : { ...deviceDecodeSpecs(config, choice) };
  for (const [name, { shape, dtype }] of Object.entries(constants)) specs[name] = { shape, dtype };
  const program = fusedDecodeProgram(config, choice, products, !engine.inMemory);
  return engine.compile(`packed-decode-${nameOf(choice)}`, program, specs, { constants, spinning });
}

const int32 = (...shape: TensorSpec["shape"]): TensorSpec => ({ shape, dtype: "int32" });
const float32 = (...shape: TensorSpec["shape"]): TensorSpec => ({ shape, dtype: "float32" });

function choiceSpecs(config: ModelConfig, { mode, forbids }: Choice, rows: string): Record<string, TensorSpec> {
  if (mode === "filter") return {};
  return {
    temperature: float32(1),
    ...(mode === "sample" ? { uniform: float32(rows) } : {}),
    ...(forbids ? { forbidden: float32(config.vocabularySize), early: float32(rows) } : {}),
  };
}

function prefillSpecs(config: ModelConfig, choice: Choice): Specs {
  return {
    ...weightSpecs(config),
    ids: int32("rows", "length"),
    positions: int32(1, "length"),
    bias: float32("length", "length"),
    ...(hasWindow(config) ? { windowBias: float32("length", "length") } : {}),
    last: int32("rows"),
    ...(choice.mode === "filter" ? {} : { prompt: int32("samples") }),
    ...choiceSpecs(config, choice, "samples"),
  };
}

function decodeSpecs(config: ModelConfig, choice: Choice): Specs {
  const specs: Record<string, TensorSpec> = {
    ids: int32("rows"),
    positions: int32("rows"),
    bias: float32("rows", "length"),
    ...(hasWindow(config) ? { windowBias: float32("rows", "length") } : {}),
    ...choiceSpecs(config, choice, "rows"),
  };
  for (let layer = 0; layer < config.layers; layer++) {
    const past = float32("rows", config.keyValueHeads, 1, "length", config.headDimension);
    specs[cacheNames.pastKeys(layer)] = past;
    specs[cacheNames.pastValues(layer)] = past;
  }
  return specs;
}

const deviceDecodeSpecs = (config: ModelConfig, choice: Choice): Specs => ({
  ...weightSpecs(config),
  ...decodeSpecs(config, choice),
  [placesName]: int32("rows", config.keyValueHeads, 1, 4),
});

function prefillProgram(config: ModelConfig, choice: Choice, measures: boolean): (inputs: Tensors) => Tensors {
  return (inputs) => {
    const outputs: Record<string, Tensor> = {};
    const real = measures ? tf.reshape(input(inputs, realTokensName), [-1, 1]) : null;
    const measure = (product: string, x: Tensor): void => {
      if (real) outputs[inputSizeName(product)] = tf.max(tf.abs(tf.mul(x, real)), 0);
    };
    const measured: Linear = (parameters, name, x) => {
      if (normBefore(config, name) !== null) measure(name, x);
      return linear(parameters, name, x);
    };
    const attention: LayerAttention = (layer, query, key, value) => {
      outputs[cacheNames.keys(layer)] = key;
      outputs[cacheNames.values(layer)] = value;
      return attend(query, key, value, input(inputs, biasName(config, layer)), config.attentionScale);
    };
    const embedded = embed(config, inputs, input(inputs, "ids"));
    const positions = input(inputs, "positions");
    const hidden = decoderLayers(config, inputs, embedded, positions, attention, { linear: measured });
    const last = tf.gather(hidden, input(inputs, "last") as tf.Tensor1D);
    const logits = vocabularyLogits(config, inputs, finalNorm(config, inputs, last));
    if (choice.mode === "filter") return { ...outputs, logits };
    const samples = tf.gather(logits, input(inputs, "prompt") as tf.Tensor1D);
    return { ...outputs, ...choose(choice, samples, inputs) };
  };
}

function plainDecodeProgram(config: ModelConfig, choice: Choice): (inputs: Tensors) => Tensors {
  return (inputs) => {
    const own: Tensor[] = [];
    const column = (name: string) => tf.reshape(input(inputs, name), [-1, 1]);
    const embedded = embed(config, inputs, column("ids"));
    const biases = new Map<string, Tensor>();
    const biasOf = (layer: number): Tensor => {
      const name = biasName(config, layer);
      const given = input(inputs, name);
      const bias = biases.get(name) ?? tf.reshape(given, [-1, 1, 1, 1, given.shape[1] as number]);
      biases.set(name, bias);
      return bias;
    };
    const hidden = decoderLayers(config, inputs, embedded, column("positions"), (layer, query, key, value) => {
      own.push(key, value);
      const pastKeys = input(inputs, cacheNames.pastKeys(layer));
      const pastValues = input(inputs, cacheNames.pastValues(layer));
      const scaled = tf.mul(query, config.attentionScale);
      const [ownKey, ownValue] = [tf.expandDims(key, 2), tf.expandDims(value, 2)];
      return attendToCache(scaled, ownKey, ownValue, pastKeys, pastValues, biasOf(layer));
    });
    const logits = vocabularyLogits(config, inputs, finalNorm(config, inputs, hidden));
    return { [stepName]: joinStep(own), ...choose(choice, logits, inputs) };
  };
}

/** With `adds` the results are the cache's own tensors with this step's keys and values in them, instead of these. */
function fusedDecodeProgram(
  config: ModelConfig,
  choice: Choice,
  products: RolloutProducts,
  adds = false,
): (inputs: Tensors) => Tensors {
  return (inputs) => {
    const { logits, cached } = decodeTokens(config, inputs, products, adds);
    const names = cacheEntries(config).map(({ past }) => past);
    const step = adds
      ? Object.fromEntries(names.map((name, index) => [name, cached[index] as Tensor]))
      : { [stepName]: joinStep(cached) };
    return { ...step, ...choose(choice, logits, inputs) };
  };
}

function choose({ mode, forbids }: Choice, logits: Tensor, inputs: Tensors): Tensors {
  if (mode === "filter") return { logits };
  const uniform = mode === "sample" ? input(inputs, "uniform") : null;
  const forbidden = forbids ? { tokens: input(inputs, "forbidden"), rows: input(inputs, "early") } : null;
  return { ...chooseInGraph(logits, input(inputs, "temperature"), uniform, forbidden) };
}
