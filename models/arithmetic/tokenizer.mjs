// The tokenizer of the arithmetic model, in the format of Hugging Face's tokenizers library: one token to a character,
// and each of the four tags a single token.

const SPECIAL = ["<|pad|>", "<|end|>", "<|unknown|>"];
const TAGS = ["<think>", "</think>", "<answer>", "</answer>"];
const CHARACTERS = "0123456789+-*/=;:,.?!()<> \nabcdefghijklmnopqrstuvwxyz'%_$";

/** The 64 tokens; a token's id is its place. */
export const vocabulary = [...SPECIAL, ...TAGS, ...CHARACTERS];

const padding = 0;
const end = 1;

/** `tokenizer.json`: byte-pair encoding without a single merge, which is a character a token. */
export function tokenizer() {
  const addedToken = (content, special) => ({
    id: vocabulary.indexOf(content),
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special,
  });
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [
      ...SPECIAL.map((content) => addedToken(content, true)),
      // Not special: a decoded completion must show its tags.
      ...TAGS.map((content) => addedToken(content, false)),
    ],
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: { type: "Fuse" },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: "<|unknown|>",
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
      merges: [],
    },
  };
}

/** `tokenizer_config.json` */
export function tokenizerConfig() {
  return {
    tokenizer_class: "PreTrainedTokenizerFast",
    pad_token: "<|pad|>",
    eos_token: "<|end|>",
    unk_token: "<|unknown|>",
    add_bos_token: false,
    add_eos_token: false,
    clean_up_tokenization_spaces: false,
    model_max_length: 128,
  };
}

/** `config.json`: a Llama of 799,872 parameters. */
export function modelConfig() {
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    vocab_size: vocabulary.length,
    hidden_size: 128,
    num_hidden_layers: 4,
    num_attention_heads: 4,
    num_key_value_heads: 4,
    head_dim: 32,
    intermediate_size: 344,
    hidden_act: "silu",
    rms_norm_eps: 1e-6,
    rope_theta: 10_000,
    max_position_embeddings: 128,
    tie_word_embeddings: true,
    attention_bias: false,
    mlp_bias: false,
    initializer_range: 0.06,
    bos_token_id: null,
    eos_token_id: end,
    pad_token_id: padding,
    use_cache: true,
    torch_dtype: "float32",
  };
}

/** `generation_config.json` */
export function generationConfig() {
  return { eos_token_id: end, pad_token_id: padding, do_sample: true, temperature: 1, max_new_tokens: 40 };
}
