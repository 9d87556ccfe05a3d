import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PavlovError } from "@pavlov/core";
import { loadTokenizer, requireEmbeddings } from "./tokenizer.js";

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

  test("uses the default of several templates, and names them where none is", async () => {
    const named = (...names: string[]) => names.map((name) => ({ name, template: name === "default" ? template : "" }));
    await write("tokenizer_config.json", { ...tokenizerConfig, chat_template: named("tool_use", "default") });
    const tokenizer = await loadTokenizer(folder);
    expect(tokenizer.encodePrompt([{ role: "user", content: "a" }]).text).toBe("<bos><user>a<eos><assistant>");
    await write("tokenizer_config.json", { ...tokenizerConfig, chat_template: named("tool_use", "rag") });
    await expect(loadTokenizer(folder)).rejects.toThrow(
      "tokenizer_config.json has the chat templates tool_use, rag, but none is named default",
    );
    await write("tokenizer_config.json", { ...tokenizerConfig, chat_template: 3 });
    await expect(loadTokenizer(folder)).rejects.toThrow("neither a text nor a list of named templates");
  });

  test("uses the template of chat_template.json where there is no other", async () => {
    await write("chat_template.json", { chat_template: template });
    const tokenizer = await loadTokenizer(folder);
    expect(tokenizer.encodePrompt([{ role: "user", content: "a" }]).text).toBe("<bos><user>a<eos><assistant>");
  });

  test("may have several turns and a system message, in their order", async () => {
    await write("chat_template.jinja", template);
    const { text } = (await loadTokenizer(folder)).encodePrompt([
      { role: "system", content: "be brief" },
      { role: "user", content: "a" },
      { role: "assistant", content: "b" },
      { role: "user", content: "c" },
    ]);
    expect(text).toBe("<bos><system>be brief<eos><user>a<eos><assistant>b<eos><user>c<eos><assistant>");
  });

  test("passes values to the template", async () => {
    await write("chat_template.jinja", "{% if thinking is defined and not thinking %}no {% endif %}thoughts");
    const tokenizer = await loadTokenizer(folder);
    expect(tokenizer.encodePrompt([], { thinking: false }).text).toBe("no thoughts");
    expect(tokenizer.encodePrompt([]).text).toBe("thoughts");
  });

  test("is refused by a template in its own words, and by one that is no Jinja in one sentence", async () => {
    await write("chat_template.jinja", "{{ raise_exception('Roles must alternate.') }}");
    const refusing = await loadTokenizer(folder);
    expect(() => refusing.encodePrompt([])).toThrow(`The chat template of ${folder} fails: Roles must alternate.`);
    await write("chat_template.jinja", "{% for m in messages %}");
    const error = await loadTokenizer(folder).then((tokenizer) => {
      try {
        return tokenizer.encodePrompt([]);
      } catch (thrown) {
        return thrown;
      }
    });
    expect(PavlovError.isInstance(error)).toBe(true);
    expect((error as Error).message).toMatch(/^The chat template of .* fails: [^\n]+\.$/);
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

  test("keep their spaces before punctuation, as in transformers 5", async () => {
    const decoded = async (settings: object) => {
      await write("tokenizer_config.json", { ...tokenizerConfig, ...settings });
      return (await loadTokenizer(folder)).decode(idsOf("really ? yes ."));
    };
    expect(await decoded({})).toBe("really ? yes .");
    expect(await decoded({ clean_up_tokenization_spaces: true })).toBe("really ? yes .");
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

describe("special tokens", () => {
  test("may be described instead of written, or stand in special_tokens_map.json", async () => {
    await write("tokenizer_config.json", { eos_token: { content: "<eos>", lstrip: false } });
    await write("special_tokens_map.json", { eos_token: "<bos>", pad_token: { content: "<pad>" } });
    const { eosTokenId, padTokenId } = await loadTokenizer(folder);
    expect([eosTokenId, padTokenId]).toEqual([2, 0]);
  });

  test("for padding are the end-of-sequence token where there is none, as in TRL", async () => {
    await write("tokenizer_config.json", { eos_token: "<eos>" });
    expect((await loadTokenizer(folder)).padTokenId).toBe(2);
    await write("tokenizer_config.json", {});
    const { eosTokenId, padTokenId } = await loadTokenizer(folder);
    expect([eosTokenId, padTokenId]).toEqual([null, null]);
  });
});

test("a tokenizer belongs to a model that has embeddings for all its regular tokens", async () => {
  const { added_tokens, ...rest } = tokenizerJson;
  const image = { ...added_tokens[0], id: 60, content: "<image>" };
  await write("tokenizer.json", { ...rest, added_tokens: [...added_tokens, image] });
  const tokenizer = await loadTokenizer(folder);
  const regular = specials.length + characters.length;
  expect([tokenizer.vocabularySize, tokenizer.regularVocabularySize]).toEqual([61, regular]);
  requireEmbeddings(tokenizer, regular, folder);
  requireEmbeddings(tokenizer, 128, folder);
  expect(() => requireEmbeddings(tokenizer, regular - 1, folder)).toThrow(
    `the tokenizer has ${regular} tokens, but the model has embeddings for ${regular - 1}`,
  );
});

describe("a tokenizer.json is refused, with the file, for", () => {
  const { model, ...others } = tokenizerJson;
  test.each<[string, unknown, string]>([
    ["no model", others, "tokenizer.json has no `model`"],
    [
      "a kind that nobody knows",
      { ...others, model: { type: "Magic", vocab: {} } },
      '`model.type` is "Magic"; it must be BPE, Unigram or WordPiece',
    ],
    ["a huge id", { ...others, model: { ...model, vocab: { a: 1e12 } } }, "`model.vocab` holds the id 1000000000000;"],
    ["an id that is a text", { ...others, model: { ...model, vocab: { a: "1" } } }, '`model.vocab` holds the id "1"'],
    [
      "an added token without an id",
      { ...others, model, added_tokens: [{}] },
      "`added_tokens` holds a token without an id",
    ],
    [
      "an added token without text",
      { ...others, model, added_tokens: [{ id: 1 }] },
      "the added token 1 has the content",
    ],
  ])("%s", async (_, json, message) => {
    await write("tokenizer.json", json);
    const error = await loadTokenizer(folder).catch((thrown: unknown) => thrown);
    expect(PavlovError.isInstance(error)).toBe(true);
    expect((error as Error).message).toContain(message);
  });
});

test("a text that the vocabulary cannot express is refused where the unknown token is none either", async () => {
  await write("tokenizer.json", { ...tokenizerJson, model: { ...tokenizerJson.model, unk_token: "<none>" } });
  const tokenizer = await loadTokenizer(folder);
  expect(() => tokenizer.encodePrompt("1 + é")).toThrow('cannot encode "1 + é": its vocabulary lacks a part of it');
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
  await expect(loadTokenizer(folder)).rejects.toThrow("tokenizer.json is not valid JSON");
});

test("a folder without a tokenizer is refused, and nothing is downloaded", async () => {
  await rm(join(folder, "tokenizer.json"));
  const error = await loadTokenizer(folder).catch((thrown: unknown) => thrown);
  expect(PavlovError.isInstance(error)).toBe(true);
  expect((error as PavlovError).message).toContain("has no tokenizer.json, so its tokenizer cannot be loaded");
});
