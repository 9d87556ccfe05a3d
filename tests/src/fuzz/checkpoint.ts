/** Small checkpoint folders to damage: every kind of file that a model's folder may hold. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { initialize, parseModelConfig, saveModel } from "@pavlov/trainer";

const specials = ["<pad>", "<bos>", "<eos>", "<user>", "<assistant>"];
const characters = [..."abcdefghijklmnopqrstuvwxyzHW0123456789+=?:.,! \n"];
const merges = [
  ["h", "e"],
  ["l", "l"],
  ["he", "ll"],
];
const tokens = [...specials, ...characters, ...merges.map((pair) => pair.join(""))];

const tokenizerJson = {
  version: "1.0",
  truncation: null,
  padding: null,
  added_tokens: specials.map((content, id) => ({
    id,
    content,
    ...{ single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
  })),
  normalizer: { type: "NFC" },
  pre_tokenizer: { type: "Split", pattern: { Regex: " ?[a-z]+|[0-9]|\\s" }, behavior: "Isolated", invert: false },
  post_processor: {
    type: "TemplateProcessing",
    single: [{ SpecialToken: { id: "<bos>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
    pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
    special_tokens: { "<bos>": { id: "<bos>", ids: [1], tokens: ["<bos>"] } },
  },
  decoder: { type: "Fuse" },
  model: { type: "BPE", unk_token: null, vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges },
};

const template =
  "{{ bos_token }}{% for m in messages %}{{ '<' + m['role'] + '>' + m['content'] + '<eos>' }}{% endfor %}" +
  "{% if add_generation_prompt %}<assistant>{% endif %}";

const common = {
  vocab_size: tokens.length,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-6,
  bos_token_id: 1,
  eos_token_id: 2,
  pad_token_id: 0,
};

const configs: readonly Readonly<Record<string, unknown>>[] = [
  {
    model_type: "llama",
    tie_word_embeddings: true,
    hidden_act: "silu",
    rope_parameters: {
      ...{ rope_type: "llama3", rope_theta: 10_000, factor: 8, low_freq_factor: 1, high_freq_factor: 4 },
      original_max_position_embeddings: 32,
    },
  },
  {
    model_type: "qwen3",
    head_dim: 8,
    tie_word_embeddings: false,
    use_sliding_window: true,
    sliding_window: 8,
    layer_types: ["full_attention", "sliding_attention"],
    rope_theta: 10_000,
    rope_scaling: null,
  },
  { model_type: "gemma3_text", head_dim: 8, sliding_window: 8, query_pre_attn_scalar: 8 },
];

/** Writes one checkpoint for each of several families, the second in shards, below `root`. Returns their folders. */
export const writeCheckpoints = async (root: string): Promise<string[]> => {
  const folders: string[] = [];
  for (const [index, changes] of configs.entries()) {
    const folder = join(root, `base-${index}`);
    const configJson = { ...common, ...changes };
    await saveModel(folder, {
      parameters: initialize(parseModelConfig(configJson), 1),
      configJson,
      generationConfig: { eos_token_id: [2], pad_token_id: 0 },
      type: index === 0 ? "BF16" : "F32",
      ...(index === 1 ? { maxShardSize: 6000 } : {}),
    });
    const json = (name: string, value: unknown) => writeFile(join(folder, name), JSON.stringify(value));
    await json("tokenizer.json", tokenizerJson);
    const settings = { bos_token: "<bos>", eos_token: "<eos>", pad_token: "<pad>" };
    await json("tokenizer_config.json", index === 2 ? { ...settings, chat_template: template } : settings);
    await json("special_tokens_map.json", { eos_token: { content: "<eos>" } });
    if (index !== 2) await writeFile(join(folder, "chat_template.jinja"), template);
    folders.push(folder);
  }
  return folders;
};
