import { expect, test } from "vitest";
import { hideSecrets, namesSecret, withoutSecrets } from "./hidden-secrets.js";

test.each([
  "apiKey",
  "api_key",
  "API-KEY",
  "openaiApiKey",
  "token",
  "hub_token",
  "clientSecret",
  "password",
  "Authorization",
])("%s names a secret", (name) => {
  expect(namesSecret(name)).toBe(true);
});

test.each([
  "maxTokens",
  "tokenIds",
  "tokenizer",
  "key",
  "keyword",
  "answer",
  "secretary",
  "pricePerMillionInputTokens",
])("%s names none", (name) => {
  expect(namesSecret(name)).toBe(false);
});

test.each([
  ["sk-proj-abcdefghijklmnop", "[hidden]"],
  ["use hf_abcdefghijklmnopqrst here", "use [hidden] here"],
  ["Bearer abc.def-ghi", "Bearer [hidden]"],
  ["https://user:hunter2@host/score", "https://[hidden]@host/score"],
  ["https://host/score?x=1&api_key=abc&y=2", "https://host/score?x=1&api_key=[hidden]&y=2"],
])("%s is shown as %s", (text, shown) => {
  expect(hideSecrets(text)).toBe(shown);
});

test.each([
  "sk-learn",
  "math",
  "a risk-free-answer-to-it",
  "https://host:8080/a@b",
  "npm_config",
  "the bearer of news",
])("%s is shown as it is", (text) => {
  expect(hideSecrets(text)).toBe(text);
});

test("secrets within values are hidden by their names, and what is no text is left", () => {
  const value = { headers: { Authorization: "whatever" }, list: [1, "sk-abcdefghijklmnop"], token: "", limit: 3 };
  expect(withoutSecrets(value)).toEqual({
    headers: { Authorization: "[hidden]" },
    list: [1, "[hidden]"],
    token: "",
    limit: 3,
  });
  expect(withoutSecrets("x", "apiKey")).toBe("[hidden]");
});

test("a long text takes a moment", () => {
  for (const part of ["sk-", "Bearer ", "://a:", "?key=", "eyJ.", "a"]) {
    expect(hideSecrets(part.repeat(20_000)).length).toBeLessThan(200_000);
  }
});
