import { RE2JS } from "re2js";
import { describe, expect, it } from "vitest";
import { fromPythonPattern } from "./python-pattern.js";

const matches = (pattern: string, text: string) => RE2JS.compile(fromPythonPattern(pattern, false)).test(text);

describe("$", () => {
  it("matches at the end and before a final newline only", () => {
    expect(matches("a$", "a")).toBe(true);
    expect(matches("a$", "a\n")).toBe(true);
    expect(matches("a$", "a\n\n")).toBe(false);
    expect(matches("a$", "a\nb")).toBe(false);
  });

  it("is a plain character when escaped or in brackets", () => {
    expect(matches(String.raw`a\$b`, "a$b")).toBe(true);
    expect(matches("a[$]b", "a$b")).toBe(true);
    expect(matches("a[]$]b", "a$b")).toBe(true);
    expect(matches("a[^]x]b", "a$b")).toBe(true);
  });

  it("matches at lines where an inline flag says so, and only there", () => {
    expect(matches("(?m)a$", "a\nb")).toBe(true);
    expect(matches("(?:(?m)a$)|c$", "a\nb")).toBe(true);
    expect(matches("(?:(?m)a$)|c$", "c\nb")).toBe(false);
    expect(matches("(?m:a$)|c$", "a\nb")).toBe(true);
    expect(matches("(?m:a$)|c$", "c\nb")).toBe(false);
    expect(matches("(?m)(?-m:c$)|a$", "c\nb")).toBe(false);
    expect(matches("(?im)(b)(?P<x>A)$", "ba\nb")).toBe(true);
  });

  it("matches at lines where the flag is set for the whole pattern", () => {
    expect(RE2JS.compile(fromPythonPattern("a$", true), RE2JS.MULTILINE).test("a\nb")).toBe(true);
  });
});

describe("\\Z", () => {
  it("matches at the very end", () => {
    expect(matches(String.raw`a\Z`, "a")).toBe(true);
    expect(matches(String.raw`a\Z`, "a\n")).toBe(false);
  });
});

describe("classes", () => {
  // What Python says of each character under \d, \w and \s.
  const characters: [character: string, classes: string][] = [
    ["4", "dw"],
    ["４", "dw"],
    ["é", "w"],
    ["答", "w"],
    ["½", "w"],
    ["_", "w"],
    [" ", "s"],
    ["\u000b", "s"],
    ["\u001c", "s"],
    ["\u0085", "s"],
    ["\u3000", "s"],
    ["\ufeff", ""],
    ["-", ""],
    ["😀", ""],
  ];

  it.each(characters)("%j belongs to %j", (character, classes) => {
    for (const letter of ["d", "w", "s"]) {
      const belongs = classes.includes(letter);
      const negated = letter.toUpperCase();
      expect(matches(`^\\${letter}$`, character), letter).toBe(belongs);
      expect(matches(`^[#\\${letter}]$`, character), `[#${letter}]`).toBe(belongs);
      expect(matches(`^[^\\${letter}]$`, character), `[^${letter}]`).toBe(!belongs);
      expect(matches(`^\\${negated}$`, character), negated).toBe(!belongs);
      if (letter !== "w") expect(matches(`^[\\${negated}]$`, character), `[${negated}]`).toBe(!belongs);
    }
    expect(matches(String.raw`^[\w\W]$`, character)).toBe(true);
    expect(matches(String.raw`^[\s\S]$`, character)).toBe(true);
  });
});
