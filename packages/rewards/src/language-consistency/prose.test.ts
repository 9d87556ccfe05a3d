import { expect, it } from "vitest";
import { proseOf } from "./prose.js";

const words = (text: string): string => proseOf(text).trim().replaceAll(/\s+/g, " ");

it.each([
  ["code", "a ```js\nconst b = 1\n``` c `d e` f", "a c f"],
  ["code that is left open", "a ```js\nconst b = 1", "a"],
  ["formulas", "a $b = c$ d \\(e\\) f \\[g\\] h $$i$$ j \\alpha k", "a d f h j k"],
  ["an environment", "a \\begin{align}b &= c\\end{align} d", "a d"],
  ["tags", "<think>a</think><answer>b</answer>", "a b"],
  ["addresses", "see https://example.org/a-b for c", "see for c"],
])("leaves out %s", (_, text, prose) => {
  expect(words(text)).toBe(prose);
});

it.each([
  ["money", "from $5 to $6 a day"],
  ["comparisons", "a < b and b > c"],
])("keeps %s", (_, text) => {
  expect(words(text)).toBe(text);
});
