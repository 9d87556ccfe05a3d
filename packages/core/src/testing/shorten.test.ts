import { expect, test } from "vitest";
import { shorten } from "./shorten.js";

test("a short text stays as it is", () => {
  expect(shorten("abc", 3)).toBe("abc");
});

test("of a long one both ends stay, and what is left out is counted", () => {
  expect(shorten("abcdefghij", 6)).toBe("abcd[… 4 characters …]ij");
});

test("no half of a character stays", () => {
  expect(shorten("😀".repeat(10), 5)).toMatch(/^😀[^\ud800-\udfff]+$/u);
});
