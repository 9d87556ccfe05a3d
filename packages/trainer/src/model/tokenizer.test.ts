import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PavlovError } from "@pavlov/core";
import { loadTokenizer } from "./tokenizer.js";

const characters = [..."abcdefghijklmnopqrstuvwxyz0123456789+=?:. <>/"];
const specials = ["<pad>", "<bos>", "<eos>", "<user>", "<assistant>"];
const template =
  "{{ bos_token }}{% for m in messages %}{{ '<' + m['role'] + '>' + m['content'] + '<eos>' }}{% endfor %}" +
  "{% if add_generation_prompt %}<assistant>{% endif %}";

/** A tokenizer of single characters that puts `<bos>` before every text. */
const tokenizerJson = {
  version: "1.0",
  added_tokens: specials.map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })),
  normalizer: null,
  pre_tokenizer: null,
  post_processor: {
    type: "TemplateProcessing",
    single: [{ SpecialToken: { id: "<bos>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
    pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
    special_tokens: { "<bos>": { id: "<bos>", ids: [1], tokens: ["<bos>"] } },
  },
  decoder: { type: "Fuse" },
  model: {
    type: "BPE",
    unk_token: null,
    vocab: Object.fromEntries([...specials, ...characters].map((token, id) => [token, id])),
    merges: [],
  },
};

const tokenizerConfig = {
  tokenizer_class: "PreTrainedTokenizerFast",
  bos_token: "<bos>",
  eos_token: "<eos>",
  pad_token: "<pad>",
};

const idsOf = (text: string) => [...text].map((character) => specials.length + characters.indexOf(character));

let folder: string;
const write = (file: string, contents: unknown) =>
  writeFile(join(folder, file), typeof contents === "string" ? contents : JSON.stringify(contents));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-tokenizer-"));
  await write("tokenizer.json", tokenizerJson);
  await write("tokenizer_config.json", tokenizerConfig);
});
afterEach(() => rm(folder, { recursive: true }));

describe("a prompt", () => {
  test("as text gets the tokenizer's special tokens", async () => {
    const tokenizer = await loadTokenizer(folder);
    expect(tokenizer.encodePrompt("1+1=")).toEqual({ ids: [1, ...idsOf("1+1=")], text: "1+1=" });
  });

  test("as a conversation gets the template's special tokens and no others", async () => {
    await write("chat_template.jinja", template);
    const tokenizer = await loadTokenizer(folder);
    const prompt = tokenizer.encodePrompt([{ role: "user", content: "hi?" }]);
    expect(prompt).toEqual({ text: "<bos><user>hi?<eos><assistant>", ids: [1, 3, ...idsOf("hi?"), 2, 4] });
    expect(tokenizer.hasChatTemplate).toBe(true);
  });

  test("uses the template of tokenizer_config.json where there is no file of its own", async () => {
    await write("tokenizer_config.json", { ...tokenizerConfig, chat_template: template });
    const tokenizer = await loadTokenizer(folder);
    expect(tokenizer.encodePrompt([{ role: "user", content: "a" }]).text).toBe("<bos><user>a<eos><assistant>");
  });

  test("as a conversation needs a template", async () => {
    const tokenizer = await loadTokenizer(folder);
    expect(tokenizer.hasChatTemplate).toBe(false);
    expect(() => tokenizer.encodePrompt([{ role: "user", content: "a" }])).toThrow("no chat template");
  });
});

describe("token ids", () => {
  test("of a piece of text have nothing added", async () => {
    const tokenizer = await loadTokenizer(folder);
    expect(tokenizer.encode("a<eos>")).toEqual([...idsOf("a"), 2]);
    expect(tokenizer.encode("")).toEqual([]);
  });

  test("become text without special tokens, unless asked for", async () => {
    const tokenizer = await loadTokenizer(folder);
    const ids = [1, ...idsOf("4 = 4."), 2, 0, 0];
    expect(tokenizer.decode(ids)).toBe("4 = 4.");
    expect(tokenizer.decode(ids, { keepSpecialTokens: true })).toBe("<bos>4 = 4.<eos><pad><pad>");
    expect(tokenizer.decode([])).toBe("");
  });

  test("of the end and of padding are known", async () => {
    const { eosTokenId, padTokenId, vocabularySize } = await loadTokenizer(folder);
    expect({ eosTokenId, padTokenId, vocabularySize }).toEqual({
      eosTokenId: 2,
      padTokenId: 0,
      vocabularySize: specials.length + characters.length,
    });
  });
});

test("two folders of one name are two tokenizers", async () => {
  const other = join(folder, basename(folder));
  await mkdir(other);
  await writeFile(join(other, "tokenizer.json"), JSON.stringify(tokenizerJson));
  await writeFile(join(other, "tokenizer_config.json"), JSON.stringify({ ...tokenizerConfig, eos_token: "<pad>" }));
  const [first, second] = await Promise.all([loadTokenizer(folder), loadTokenizer(other)]);
  expect([first.eosTokenId, second.eosTokenId]).toEqual([2, 0]);
});

test("a tokenizer.json that cannot be read is refused", async () => {
  await write("tokenizer.json", "{ model:");
  await expect(loadTokenizer(folder)).rejects.toThrow("the tokenizer cannot be loaded");
});

test("a folder without a tokenizer is refused, and nothing is downloaded", async () => {
  await rm(join(folder, "tokenizer.json"));
  const error = await loadTokenizer(folder).catch((thrown: unknown) => thrown);
  expect(PavlovError.isInstance(error)).toBe(true);
  expect((error as PavlovError).message).toContain("has no tokenizer.json, so its tokenizer cannot be loaded");
});
