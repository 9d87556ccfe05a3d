// What a decoder is made of, read from a Hugging Face `config.json`. A family only fills in this description; the
// decoder itself knows no family. Field meanings follow transformers 5's configuration classes.
import { PavlovError } from "@pavlov/core";

/** How rotary frequencies are stretched for contexts longer than the model was first trained on. */
export type RopeScaling =
  | { readonly type: "linear"; readonly factor: number }
  | {
      readonly type: "llama3";
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalMaxPositions: number;
    };

/** Which keys a layer may attend to: all before it, or the last `slidingWindow`. */
export type AttentionType = "full" | "sliding";

/** Rotary embeddings of one attention type. */
export interface RotaryConfig {
  readonly theta: number;
  readonly scaling: RopeScaling | null;
}

/** A decoder's architecture and special tokens. */
export interface ModelConfig {
  /** `model_type` of config.json. */
  readonly family: string;
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly attentionHeads: number;
  /** Key and value heads; each serves `attentionHeads / keyValueHeads` query heads. */
  readonly keyValueHeads: number;
  readonly headDimension: number;
  /** The context limit in tokens. */
  readonly maxPositions: number;
  /** Rotary settings by attention type; families with one setting give both the same. */
  readonly rotary: Readonly<Record<AttentionType, RotaryConfig>>;
  /** One entry for each layer. */
  readonly attentionTypes: readonly AttentionType[];
  /** Keys that a sliding layer sees, its own included. */
  readonly slidingWindow: number | null;
  /** Multiplies query·key before the softmax. */
  readonly attentionScale: number;
  /** Biases of the query, key and value projections. */
  readonly attentionBias: boolean;
  readonly attentionOutputBias: boolean;
  readonly feedForwardBias: boolean;
  /** RMS norm of each head's query and key before the rotation (Qwen3, Gemma 3). */
  readonly queryKeyNorm: boolean;
  /** Norms after the attention and the feed-forward block as well as before them (Gemma 3). */
  readonly sandwichNorm: boolean;
  readonly normEpsilon: number;
  /** Added to each norm's weight: 1 for Gemma, whose weights are stored around 0. */
  readonly normOffset: 0 | 1;
  readonly activation: "silu" | "gelu-tanh";
  /** Multiplies the embeddings (Gemma: the square root of the width). */
  readonly embeddingScale: number;
  /** The output head is the embedding matrix. */
  readonly tiedEmbeddings: boolean;
  /** Standard deviation of random initial weights. */
  readonly initializerRange: number;
  readonly bosTokenId: number | null;
  readonly eosTokenIds: readonly number[];
  readonly padTokenId: number | null;
}

/** A parsed JSON object whose fields are not known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Reads required and optional fields of a config.json with errors that name the field, the value and the file. */
export class ConfigReader {
  constructor(
    readonly json: JsonObject,
    readonly source: string,
  ) {}

  /** A positive whole number; `largest` keeps a damaged file from asking for more than any machine has. */
  size(key: string, fallback?: number, largest = 2 ** 31): number {
    const value = this.json[key] ?? fallback;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > largest) {
      throw this.#wrong(key, `a whole number from 1 to ${largest}`);
    }
    return value;
  }

  number(key: string, fallback?: number): number {
    const value = this.json[key] ?? fallback;
    if (typeof value !== "number" || !Number.isFinite(value)) throw this.#wrong(key, "a number");
    return value;
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.json[key] ?? fallback;
    if (typeof value !== "boolean") throw this.#wrong(key, "true or false");
    return value;
  }

  text(key: string, fallback?: string): string {
    const value = this.json[key] ?? fallback;
    if (typeof value !== "string") throw this.#wrong(key, "a text");
    return value;
  }

  object(key: string): ConfigReader | null {
    const value = this.json[key] ?? null;
    if (value === null) return null;
    if (typeof value !== "object" || Array.isArray(value)) throw this.#wrong(key, "an object");
    return new ConfigReader(value as JsonObject, `${key} of ${this.source}`);
  }

  /** One token id, or a list of them, or nothing. */
  tokenIds(key: string): number[] {
    const value = this.json[key] ?? [];
    const ids: readonly unknown[] = Array.isArray(value) ? value : [value];
    return ids.map((id) => {
      if (typeof id !== "number" || !Number.isInteger(id) || id < 0)
        throw this.#wrong(key, "a token id or a list of them");
      return id;
    });
  }

  refuse(key: string, reason: string): PavlovError {
    return new PavlovError(`${this.source}: \`${key}\` is ${JSON.stringify(this.json[key])}, ${reason}.`);
  }

  #wrong(key: string, expected: string): PavlovError {
    const value = this.json[key];
    const found = value === undefined ? "is missing" : `is ${JSON.stringify(value)}`;
    return new PavlovError(`${this.source}: \`${key}\` ${found}; it must be ${expected}.`);
  }
}

/** Refuses another activation than the family's: the weights would be read, and mean something else. */
export function requireActivation(reader: ConfigReader, key: string, known: string): void {
  if (reader.text(key, known) !== known) throw reader.refuse(key, `but only ${known} is supported for this family`);
}

/** Rotary settings from `rope_parameters` (transformers 5) or `rope_theta` and `rope_scaling` (transformers 4). */
export function readRotary(reader: ConfigReader, defaultTheta = 10_000): RotaryConfig {
  const parameters = reader.object("rope_parameters") ?? reader.object("rope_scaling");
  const theta = parameters?.json["rope_theta"] !== undefined ? parameters : reader;
  for (const owner of [parameters, reader]) {
    if (owner && owner.number("partial_rotary_factor", 1) !== 1) {
      throw owner.refuse("partial_rotary_factor", "but only whole heads can be rotated");
    }
  }
  return {
    theta: theta.number("rope_theta", defaultTheta),
    scaling: parameters === null ? null : readScaling(parameters),
  };
}

/** The stretching of one rotary description, null for none. */
export function readScaling(parameters: ConfigReader): RopeScaling | null {
  const key = parameters.json["rope_type"] === undefined ? "type" : "rope_type";
  const type = parameters.text(key, "default");
  switch (type) {
    case "default":
      return null;
    case "linear":
      return { type, factor: parameters.number("factor") };
    case "llama3":
      return {
        type,
        factor: parameters.number("factor"),
        lowFrequencyFactor: parameters.number("low_freq_factor"),
        highFrequencyFactor: parameters.number("high_freq_factor"),
        originalMaxPositions: parameters.size("original_max_position_embeddings"),
      };
    default:
      throw parameters.refuse(key, "but only default, linear and llama3 rotary embeddings are supported");
  }
}

/** What Llama and the families that grew from it have in common. Families override the fields that differ. */
export function readCommon(reader: ConfigReader): ModelConfig {
  const hiddenSize = reader.size("hidden_size");
  const attentionHeads = reader.size("num_attention_heads");
  const keyValueHeads = reader.size("num_key_value_heads", attentionHeads);
  const layers = reader.size("num_hidden_layers", undefined, 1000);
  const headDimension = reader.size("head_dim", hiddenSize / attentionHeads);
  if (attentionHeads % keyValueHeads !== 0) {
    throw reader.refuse("num_key_value_heads", `which does not divide num_attention_heads, ${attentionHeads}`);
  }
  if (headDimension % 2 !== 0) {
    throw new PavlovError(
      `${reader.source}: the head dimension is ${headDimension}; rotary embeddings need an even one.`,
    );
  }
  const rotary = readRotary(reader);
  return {
    family: reader.text("model_type"),
    vocabularySize: reader.size("vocab_size"),
    hiddenSize,
    intermediateSize: reader.size("intermediate_size"),
    layers,
    attentionHeads,
    keyValueHeads,
    headDimension,
    maxPositions: reader.size("max_position_embeddings", 2048),
    rotary: { full: rotary, sliding: rotary },
    attentionTypes: Array.from({ length: layers }, () => "full" as const),
    slidingWindow: null,
    attentionScale: 1 / Math.sqrt(headDimension),
    attentionBias: false,
    attentionOutputBias: false,
    feedForwardBias: false,
    queryKeyNorm: false,
    sandwichNorm: false,
    normEpsilon: reader.number("rms_norm_eps", 1e-6),
    normOffset: 0,
    activation: "silu",
    embeddingScale: 1,
    tiedEmbeddings: reader.boolean("tie_word_embeddings", false),
    initializerRange: reader.number("initializer_range", 0.02),
    bosTokenId: reader.tokenIds("bos_token_id")[0] ?? null,
    eosTokenIds: reader.tokenIds("eos_token_id"),
    padTokenId: reader.tokenIds("pad_token_id")[0] ?? null,
  };
}

/** `layer_types` of transformers 4.54 and later; null where the file has none. */
export function readAttentionTypes(reader: ConfigReader, layers: number): AttentionType[] | null {
  const value = reader.json["layer_types"] ?? null;
  if (value === null) return null;
  if (!Array.isArray(value) || value.length !== layers) {
    throw reader.refuse("layer_types", `but it must have one entry for each of the ${layers} layers`);
  }
  return value.map((type) => {
    if (type === "full_attention") return "full";
    if (type === "sliding_attention") return "sliding";
    throw reader.refuse("layer_types", "but only full_attention and sliding_attention are supported");
  });
}
