import { datasetFromRows, PavlovError } from "@pavlov/core";
import { expect, test } from "vitest";
import type { Tokenizer } from "../model/tokenizer.js";
import { encodePrompts } from "./prompts.js";

/** A token for each letter: its place in the alphabet. */
const letters: Tokenizer = {
  eosTokenId: 0,
  padTokenId: 0,
  vocabularySize: 27,
  regularVocabularySize: 27,
  hasChatTemplate: true,
  encodePrompt: (prompt, values) => {
    if (typeof prompt !== "string") {
      const text = `${prompt.map(({ role, content }) => `${role}:${content}`).join("|")}${JSON.stringify(values)}`;
      if (text.includes("refuse")) throw new PavlovError("The chat template of m fails: no.");
      return { ids: [1], text };
    }
    return { ids: letters.encode(prompt), text: prompt };
  },
  encode: (text) => [...text.replaceAll("-", "")].map((letter) => letter.charCodeAt(0) - 96),
  decode: (ids) => String.fromCharCode(...ids.map((id) => id + 96)),
};

const rows = (...prompts: unknown[]) =>
  datasetFromRows(
    prompts.map((prompt) => ({ prompt })),
    { name: "rows" },
  );
const limits = { maxPositions: 10, maxCompletionLength: 4 };

test("text and conversations become ids, and text counts as one message of a user", async () => {
  const messages = [
    { role: "system", content: "s" },
    { role: "user", content: "u" },
  ];
  const chatTemplateKwargs = { enable_thinking: false };
  const [first, second] = await encodePrompts(rows("abc", messages), letters, { ...limits, chatTemplateKwargs });
  expect(first).toMatchObject({ ids: [1, 2, 3], text: "abc", messages: [{ role: "user", content: "abc" }] });
  expect(second).toMatchObject({ text: 'system:s|user:u{"enable_thinking":false}', messages });
});

test("a row is named where its prompt is empty, too long, refused by the template, or beyond the embeddings", async () => {
  const attempt = (prompt: unknown, vocabularySize = 27) =>
    encodePrompts(rows("a", prompt), letters, { ...limits, vocabularySize });
  await expect(attempt("--")).rejects.toThrow("The prompt at rows:2 has no tokens");
  await expect(attempt("abcdefg")).rejects.toThrow("The prompt at rows:2 has 7 tokens; with maxCompletionLength 4");
  await expect(attempt([{ role: "user", content: "refuse" }])).rejects.toThrow(
    "The prompt at rows:2: The chat template of m fails: no.",
  );
  await expect(attempt("az", 26)).rejects.toThrow(
    'The prompt at rows:2 has the token 26, "z", but the model has embeddings for 26 tokens only; its tokenizer has 27.',
  );
});
