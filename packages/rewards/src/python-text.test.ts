import { describe, expect, it } from "vitest";
import { codePointCount, skipSpace, strip, wordCount, words } from "./python-text.js";

describe("codePointCount", () => {
  it("counts an emoji once and each code point of a combined one", () => {
    expect(codePointCount("")).toBe(0);
    expect(codePointCount("a😀b")).toBe(3);
    expect(codePointCount("👩‍🚀")).toBe(3);
    expect(codePointCount("e\u0301")).toBe(2);
  });

  it("counts a lone surrogate once", () => {
    expect(codePointCount("\ud83d")).toBe(1);
  });
});

describe("wordCount", () => {
  it("splits on runs of any whitespace", () => {
    expect(wordCount("")).toBe(0);
    expect(wordCount(" \n\t ")).toBe(0);
    expect(wordCount("  one two\u00a0three\n\nfour\u3000five ")).toBe(5);
  });

  it("splits where Python splits, not where JavaScript does", () => {
    expect(wordCount("a\u001cb\u0085c")).toBe(3);
    expect(wordCount("a\ufeffb")).toBe(1);
  });
});

describe("words", () => {
  it("are what wordCount counts", () => {
    for (const text of ["", " \n", " one two\u00a0three\n\nfour ", "a\u001cb\u0085c", "a\ufeffb", "a"]) {
      expect(words(text)).toHaveLength(wordCount(text));
    }
    expect(words("\u3000one  two\tthree ")).toEqual(["one", "two", "three"]);
  });
});

describe("strip", () => {
  it("removes whitespace at both ends only", () => {
    expect(strip("\n\u3000 a b\u0085\u001f")).toBe("a b");
    expect(strip(" \n ")).toBe("");
    expect(strip("\ufeffa")).toBe("\ufeffa");
  });
});

describe("skipSpace", () => {
  it("stops at the first character that is no whitespace", () => {
    expect(skipSpace("a  b", 1)).toBe(3);
    expect(skipSpace("a  ", 1)).toBe(3);
    expect(skipSpace("ab", 1)).toBe(1);
  });
});
