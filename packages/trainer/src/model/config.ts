// What a decoder is made of, read from a Hugging Face `config.json`. A family only fills in this description; the
// decoder itself knows no family. Field meanings follow transformers 5's configuration classes.
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
