// What Llama and the families that grew from it have in common in their config.json.
import { PavlovError } from "@pavlov/core";
import type { AttentionType, ModelConfig } from "../config.js";
import type { ConfigReader } from "../config-reader.js";
import { readRotary } from "./read-rotary.js";

/** What a family assumes where its config.json is silent: the defaults of its configuration class in transformers. */
export interface FamilyDefaults {
  readonly maxPositions: number;
  /** Without it, `hidden_size / num_attention_heads`. */
  readonly headDimension?: number;
  readonly tiedEmbeddings?: boolean;
}

// Ten times what the largest published models have: more is a damaged file.
const mostLayers = 1000;
const widest = 2 ** 20;
const largestVocabulary = 2 ** 24;

/** Fields that all families share. A family overrides those that differ. */
export function readCommon(reader: ConfigReader, defaults: FamilyDefaults): ModelConfig {
  const hiddenSize = reader.size("hidden_size", undefined, widest);
  const attentionHeads = reader.size("num_attention_heads", undefined, widest);
  const keyValueHeads = reader.size("num_key_value_heads", attentionHeads, widest);
  const layers = reader.size("num_hidden_layers", undefined, mostLayers);
  if (attentionHeads % keyValueHeads !== 0) {
    throw reader.refuse("num_key_value_heads", `which does not divide num_attention_heads, ${attentionHeads}`);
  }
  const headDimension = readHeadDimension(reader, hiddenSize, attentionHeads, defaults.headDimension);
  const rotary = readRotary(reader);
  return {
    family: reader.text("model_type"),
    vocabularySize: reader.size("vocab_size", undefined, largestVocabulary),
    hiddenSize,
    intermediateSize: reader.size("intermediate_size", undefined, widest * 16),
    layers,
    attentionHeads,
    keyValueHeads,
    headDimension,
    maxPositions: reader.size("max_position_embeddings", defaults.maxPositions),
    rotary: { full: rotary, sliding: rotary },
    attentionTypes: Array.from({ length: layers }, () => "full" as const),
    slidingWindow: null,
    attentionScale: 1 / Math.sqrt(headDimension),
    attentionBias: false,
    attentionOutputBias: false,
    feedForwardBias: false,
    queryKeyNorm: false,
    sandwichNorm: false,
    normEpsilon: reader.positive("rms_norm_eps", 1e-6),
    normOffset: 0,
    activation: "silu",
    embeddingScale: 1,
    tiedEmbeddings: reader.boolean("tie_word_embeddings", defaults.tiedEmbeddings ?? false),
    initializerRange: reader.number("initializer_range", 0.02),
    bosTokenId: reader.tokenIds("bos_token_id")[0] ?? null,
    eosTokenIds: reader.tokenIds("eos_token_id"),
    padTokenId: readPadTokenId(reader),
  };
}

function readHeadDimension(reader: ConfigReader, hiddenSize: number, heads: number, fallback?: number): number {
  const given = reader.has("head_dim") || fallback !== undefined;
  if (!given && hiddenSize % heads !== 0) {
    throw reader.refuse("num_attention_heads", `which does not divide hidden_size, ${hiddenSize}, without a head_dim`);
  }
  const headDimension = given ? reader.size("head_dim", fallback, widest) : hiddenSize / heads;
  if (headDimension % 2 !== 0) {
    throw new PavlovError(
      `${reader.source}: the head dimension is ${headDimension}; rotary embeddings need an even one.`,
    );
  }
  return headDimension;
}

/** Older Llama checkpoints write −1 for none. */
function readPadTokenId(reader: ConfigReader): number | null {
  return reader.json["pad_token_id"] === -1 ? null : (reader.tokenIds("pad_token_id")[0] ?? null);
}

/** transformers' names of the activations that a decoder computes. Approximations by tanh go by three names. */
const activations: Readonly<Record<string, ModelConfig["activation"]>> = {
  silu: "silu",
  swish: "silu",
  gelu_pytorch_tanh: "gelu-tanh",
  gelu_new: "gelu-tanh",
  gelu_fast: "gelu-tanh",
};

/** The activation of the feed-forward block. `fallback` is the family's own. */
export function readActivation(reader: ConfigReader, key: string, fallback: string): ModelConfig["activation"] {
  const name = reader.text(key, fallback);
  const activation = Object.hasOwn(activations, name) ? activations[name] : undefined;
  if (activation) return activation;
  throw reader.refuse(key, `but only ${Object.keys(activations).join(", ")} are supported`);
}

/** `layer_types` of transformers 4.54 and later, else what `fallback` says of each layer, counted from 0. */
export function readAttentionTypes(
  reader: ConfigReader,
  config: Pick<ModelConfig, "layers" | "slidingWindow">,
  fallback: (layer: number) => AttentionType,
): AttentionType[] {
  const value = reader.json["layer_types"] ?? null;
  if (value === null) return Array.from({ length: config.layers }, (_, layer) => fallback(layer));
  if (!Array.isArray(value) || value.length !== config.layers) {
    throw reader.refuse("layer_types", `but it must have one entry for each of the ${config.layers} layers`);
  }
  return value.map((type) => {
    if (type === "full_attention") return "full";
    if (type !== "sliding_attention") {
      throw reader.refuse("layer_types", "but only full_attention and sliding_attention are supported");
    }
    if (config.slidingWindow === null) throw reader.refuse("layer_types", "but the config has no sliding window");
    return "sliding";
  });
}
