import { describe, expect, test } from "vitest";
import { columnsOf, cut, fill, padStart, printable, wrap } from "./text.js";

describe("printable", () => {
  test("shows control characters as escapes, so that a completion cannot move the cursor", () => {
    expect(printable("a\n\u001b[2Jb\r\t\u0007")).toBe("a\\n\\u{1b}[2Jb\\r\\t\\u{7}");
  });
  test("shows characters that turn the direction of the text around", () => {
    expect(printable("abc\u202ecba")).toBe("abc\\u{202e}cba");
  });
  test("leaves a family emoji whole", () => {
    expect(printable("👩‍👧")).toBe("👩‍👧");
  });
});

describe("cut", () => {
  test("keeps what fits", () => {
    expect(cut("abc", 3)).toBe("abc");
  });
  test("ends in an ellipsis and is no wider than asked, also where characters are wide", () => {
    expect(cut("abcdef", 4)).toBe("abc…");
    expect(cut("日本語", 4)).toBe("日…");
    expect(columnsOf(cut("日本語", 4))).toBeLessThanOrEqual(4);
  });
  test("gives nothing where there is no room", () => {
    expect(cut("abc", 0)).toBe("");
  });
});

test("padStart counts columns, not characters, and no colour", () => {
  expect(padStart("日", 4)).toBe("  日");
  expect(padStart("\u001b[1mx\u001b[22m", 3)).toBe("  \u001b[1mx\u001b[22m");
});

test("wrap breaks anywhere and loses nothing", () => {
  expect(wrap("abcdefgh", 3)).toEqual(["abc", "def", "gh"]);
  expect(wrap("", 3)).toEqual([""]);
});

test("fill breaks between words, and within one that is wider than the line", () => {
  expect(fill("the loss is 0 at first", 8)).toEqual(["the loss", "is 0 at", "first"]);
  expect(fill("a runs/quickstart b", 6)).toEqual(["a", "runs/q", "uickst", "art b"]);
  expect(fill("", 5)).toEqual([""]);
});
