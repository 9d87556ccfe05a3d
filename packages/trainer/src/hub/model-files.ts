/** Which files of a repository a model needs: its description, its tokenizer and its weights as safetensors. */
import type { RepositoryFile, Tree } from "./cache.js";

/** Read at the beginning, each where the repository has it. The last ones are kept for whoever loads what was trained. */
const DESCRIPTIONS = [
  "config.json",
  "generation_config.json",
  "adapter_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "chat_template.jinja",
  "chat_template.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
  "tokenizer.model",
  "model.safetensors.index.json",
];

/** Without these there is no model. */
const NEEDED = ["config.json", "tokenizer.json", "tokenizer_config.json"];
const ADAPTER = ["adapter_config.json"];

/** The small files that say what the model is, and the index of its weights. */
export function descriptionFiles(tree: Tree): RepositoryFile[] {
  return DESCRIPTIONS.flatMap((path) => tree.get(path) ?? []);
}

/** Files without which the repository is no model that can be trained; empty for a model or an adapter. */
export function missingDescriptions(tree: Tree): string[] {
  if (ADAPTER.every((path) => tree.has(path))) return [];
  return NEEDED.filter((path) => !tree.has(path));
}

/**
 * The files of the weights: `model.safetensors`, or the shards of the index, or an adapter's. Null where there are
 * none; a shard that the repository lacks has no size, and is listed with `missing`.
 * @param shards the files that `model.safetensors.index.json` names, null where there is no index
 */
export function weightFiles(
  tree: Tree,
  shards: readonly string[] | null,
): { readonly files: readonly RepositoryFile[]; readonly missing: readonly string[] } | null {
  const single = tree.get("model.safetensors");
  const adapter = tree.get("adapter_model.safetensors");
  if (single) return { files: [single], missing: [] };
  if (shards !== null) {
    return {
      files: shards.flatMap((path) => tree.get(path) ?? []),
      missing: shards.filter((path) => !tree.has(path)),
    };
  }
  return adapter ? { files: [adapter], missing: [] } : null;
}

/** Weights in formats that are not read, to name them. */
export function otherWeights(tree: Tree): string[] {
  return [...tree.keys()].filter((path) => /\.(bin|pt|pth|onnx|gguf|h5|msgpack|safetensors)$/.test(path));
}
