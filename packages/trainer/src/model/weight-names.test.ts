import { expect, test } from "vitest";
import { missingWeight } from "./weight-names.js";

const names = ["model.embed_tokens.weight", "model.layers.0.mlp.up_proj.weight", "model.norm.weight"];
const sentence = (missing: readonly string[], unexpected: readonly string[]) =>
  missingWeight("folder", missing, unexpected).message;

test("a prefix that the file lacks, has before its names, or has instead of the model's, is named", () => {
  expect(sentence(names, ["embed_tokens.weight", "layers.0.mlp.up_proj.weight", "norm.weight"])).toBe(
    "folder: the weight model.embed_tokens.weight is missing, like 2 more; config.json asks for it. " +
      'The file\'s names lack the prefix "model.".',
  );
  expect(
    sentence(
      names,
      names.map((name) => `base_model.${name}`),
    ),
  ).toContain('names have "base_model." before them');
  const renamed = names.map((name) => name.replace("model.", "transformer."));
  expect(sentence(names, ["other.weight", ...renamed])).toContain('begin with "transformer." instead of "model."');
});

test("a single misspelt name is answered with the nearest", () => {
  expect(sentence(["model.norm.weight"], ["model.extra.bias", "model.norm.wieght"])).toContain(
    'The file has "model.norm.wieght", which is not a weight of this model.',
  );
});

test("a lacking head is answered with the setting that ties it", () => {
  expect(missingWeight("folder", ["lm_head.weight"], []).hint).toContain("tie_word_embeddings to true");
});

test("names that have nothing in common make one doubt the family", () => {
  expect(missingWeight("folder", names, ["h.0.attn.c_attn"]).hint).toContain("another family");
});
