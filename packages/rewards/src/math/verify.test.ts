import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MathOptions } from "./options.js";
import { verify } from "./verify.js";
import { expectAll } from "./verify.test.fixture.js";

describe("numbers", () => {
  it("are compared exactly, however they are written", () => {
    expectAll([
      ["\\frac34", "$0.75$", true],
      ["\\frac34", "$\\frac{6}{8}$", true],
      ["2\\frac12", "$\\frac52$", true],
      ["5/2", "2 1/2", true],
      ["12,345", "12345", true],
      ["12{,}345", "$12345$", true],
      ["1{,}000{,}000", "1000000", true],
      ["0{,}5", "$\\frac12$", true],
      ["12\\frac12\\%", "$0.125$", true],
      ["5\\text{ million}", "5000000", true],
      ["\\boxed{5}", "\\boxed{5\\text{ million}}", false],
      ["{3 \\over 4}", "$0.75$", true],
      ["0.\\dot{1}2\\dot{3}", "$\\frac{41}{333}$", true],
      ["½ x²", "$\\frac{x^2}{2}$", true],
      ["10 000", "10000", true],
      ["0.1\\overline{6}", "$\\frac16$", true],
      ["3e5", "300000", true],
      ["$\\frac{1}{2^{99}}$", "$\\frac{1}{2^{98}}$", false],
      ["\\frac{1}{2004!}", "$\\frac{1}{2006!}$", false],
      ["2^{100}", "$1267650600228229401496703205376$", true],
      ["2^{100}", "$1267650600228229401496703205377$", false],
    ]);
  });

  it("take a decimal for what it stands for, within its last place", () => {
    expectAll([
      ["\\sqrt{2}", "1.414214", true],
      ["\\sqrt{2}", "1.4142", false],
      ["\\frac13", "0.333333", true],
      ["\\frac13", "0.33", false],
      ["0", "0.0000001", false],
      ["16386.18", "16386.17", false],
      ["33.3", "$\\frac{100}{3}$", true, { decimals: "from-gold" }],
      ["33.3", "$\\frac{101}{3}$", false, { decimals: "from-gold" }],
      ["\\pi", "3.14", true, { decimals: "rounded", decimalPlaces: 2 }],
    ]);
  });

  it("know percent exactly or leniently", () => {
    expectAll([
      ["10\\%", "0.1", true],
      ["10\\%", "10", false],
      ["10\\%", "10 percent", true],
      ["10\\%", "10", true, { percent: "lenient" }],
      ["0.1", "10", false, { percent: "lenient" }],
    ]);
  });

  it("with a base are not numbers without it", () => {
    expectAll([
      ["204_5", "$204_5$", true],
      ["204_5", "$204_6$", false],
      ["204_5", "204", false],
    ]);
  });
});

describe("a gold number that wants a number", () => {
  it("takes no calculation that has its value", () => {
    const options = { requireNumber: true };
    expectAll([
      ["408", "12*34", true],
      ["408", "12*34", false, options],
      ["408", "\\boxed{400+8}", false, options],
      ["408", "$x = 12 \\cdot 34$", false, options],
      ["408", "$12 \\cdot 34 = 408$", true, options],
      ["0.5", "$-\\frac{-1}{2}$", true, options],
      ["3e8", "$3 \\times 10^8$", true, options],
      ["10\\%", "$\\frac{1}{10}$", true, options],
      ["1, 2", "$1+0, 2$", false, options],
      ["x+1", "$1+x$", true, options],
      ["\\sqrt2", "$\\frac{2}{\\sqrt2}$", true, options],
    ]);
  });
});

describe("expressions", () => {
  it("are equal when they are the same function", () => {
    expectAll([
      ["(a+b)^2", "$a^2+2ab+b^2$", true],
      ["(a+b)^2", "$a^2+b^2$", false],
      ["\\sin^2 t+\\cos^2 t", "1", true],
      ["\\sqrt{x^2}", "$|x|$", true],
      ["\\sqrt{x^2}", "$x$", false],
      ["\\cos 4x", "$\\cos(4x)$", true],
      ["\\log_2 8", "3", true],
      ["\\log 100", "2", true],
      ["\\frac{1}{3\\sqrt[3]{x}^2}", "$\\frac13 x^{-2/3}$", true],
      ["\\lfloor \\frac{2n}{3} \\rfloor", "$\\lfloor \\frac{2n}{4} \\rfloor$", false],
      ["x^2+C", "$x^2$", false],
      ["\\binom{n}{2}", "$\\frac{n(n-1)}{2}$", true],
      ["\\sum_{k=1}^n k", "$\\frac{n(n+1)}{2}$", true],
      ["\\sum_{k=1}^n k", "$\\frac{n(n+2)}{2}$", false],
      ["e^x", "$\\sum_{n=0}^{\\infty} \\frac{x^n}{n!}$", true],
      ["\\frac{2}{3}", "$\\int_0^1 \\sqrt{x}\\,dx$", true],
      ["\\sqrt{\\pi}", "$\\int_{-\\infty}^{\\infty} e^{-x^2} dx$", true],
      ["1", "$\\lim_{x\\to 0} \\frac{\\sin x}{x}$", true],
      ["\\sin 30^\\circ", "$\\frac12$", true],
      ["5", "\\boxed{\\begin{vmatrix}1&2\\\\-1&3\\end{vmatrix}}", true],
    ]);
  });

  it("tell a quotient of differentials from one of variables", () => {
    expectAll([
      ["\\frac{dy}{dx}=2x", "$\\frac{y}{x}=2x$", false],
      ["\\frac{dy}{dx}=2x", "$\\frac{dy}{dx}=x+x$", true],
    ]);
  });

  it("name inverse functions", () => {
    expectAll([
      ["f^{-1}(x)=\\frac{x-1}{2}", "$f^{-1}(x)=\\frac x2-\\frac12$", true],
      ["f^{-1}(x)=\\frac{x-1}{2}", "$\\frac{x-1}{2}$", true],
      ["f^{-1}(x)=\\frac{x-1}{2}", "$f^{-1}(x)=2x+1$", false],
    ]);
  });

  it("have no value where they divide by zero", () => {
    expectAll([
      ["\\frac10", "$\\frac10$", false],
      ["\\frac10", "$\\frac20$", false],
    ]);
  });

  it("may be piecewise, in any order of the pieces", () => {
    const cases = "\\begin{cases} x & x \\ge 0 \\\\ -x & x < 0 \\end{cases}";
    expectAll([
      ["|x|", `$${cases}$`, true],
      ["|x|", `$${cases.replace("-x", "x")}$`, false],
    ]);
  });
});

describe("remainders", () => {
  it("want the modulus too", () => {
    expectAll([
      ["n \\equiv 1 \\pmod 3", "$n \\equiv -2 \\pmod{3}$", true],
      ["n \\equiv 1 \\pmod 3", "$n \\equiv 1 \\pmod 4$", false],
      ["17 \\bmod 5", "$2$", true],
      ["17 \\mod 5", "$2$", true],
      ["42", "$42 \\pmod{43}$", false],
    ]);
    expect(verify("n \\equiv 1 \\pmod 3", "$1$").gold).toBe("n \\equiv 1 \\pmod{3}");
  });
});

describe("text and units", () => {
  it("compare words as words", () => {
    expectAll([
      ["\\text{Even}", "\\boxed{even}", true],
      ["no", "\\boxed{on}", false],
      ["\\text{E}", "\\boxed{E}", true],
      ["E", "\\boxed{e}", false],
      ["$E$", "\\boxed{e}", true, { preset: "mathverify" }],
    ]);
  });

  it("leave units out, or require them", () => {
    expectAll([
      ["15\\text{ cm}^2", "\\boxed{15}", true],
      ["60\\text{ km}/\\text{h}", "\\boxed{60 \\frac{\\text{km}}{\\text{h}}}", true],
      ["12 square feet", "12", true],
      ["$495 cookies$", "\\boxed{495}", true],
      ["5abcd", "\\boxed{5}", false],
      ["12:30\\text{ PM}", "\\boxed{12:30\\text{ p.m.}}", true],
      ["12:30\\text{ PM}", "\\boxed{12:30\\text{ AM}}", false],
      ["15\\text{ cm}^2", "\\boxed{15\\text{ cm}^3}", false, { units: "require" }],
      ["15\\text{ cm}^2", "\\boxed{15}", false, { units: "require" }],
      ["15\\text{ meters}", "\\boxed{15\\text{ m}}", true, { units: "require" }],
      ["15", "\\boxed{15\\text{ m}}", true, { units: "require" }],
    ]);
  });
});

describe("presets", () => {
  it("follow the graders that they are named after", () => {
    expectAll([
      ["6", "the answer is 6", false, { preset: "trl" }],
      ["6", "the answer is $6$", true, { preset: "trl" }],
      ["$x+1$", "$X+1$", true, { preset: "mathverify" }],
      ["$\\pi$", "$3.14159$", false, { preset: "mathverify" }],
      ["10, 4, -2", "4, 10, -2", false, { preset: "hendrycks" }],
      ["10\\%", "10", true, { preset: "hendrycks" }],
      ["y = x^2+2x+1", "2x+1+x^2", true, { preset: "nemo" }],
      ["3 + 4 = 7\n#### 7", "So 7 it is.\n#### 7", true, { preset: "gsm8k" }],
    ]);
  });
});

describe("verdicts", () => {
  const verdictOf = (gold: string, answer: string, options?: MathOptions): string =>
    verify(gold, answer, options).verdict;

  it("say what could not be read, and on which side", () => {
    expect(verify("\\frac{1", "1")).toMatchObject({ verdict: "gold-unparsable", problem: '"}" is missing at the end' });
    expect(verdictOf("", "1")).toBe("gold-unparsable");
    expect(verdictOf("1", "I do not know.")).toBe("no-answer");
    expect(verdictOf("1", "\\boxed{1")).toBe("no-answer");
    expect(verdictOf("1", "so 1, thus \\boxed{\\frac{1}")).toBe("no-answer");
    expect(verdictOf("1", "it is 1, thus \\boxed{1 + }")).toBe("answer-unparsable");
  });

  it("come in time for what is nested or repeated without end", () => {
    expect(verdictOf("1", `$${"\\mathrm{".repeat(1000)}$`)).not.toBe("correct");
    expect(verdictOf("2", `$${"1\\times".repeat(1000)}1$`)).toBe("wrong");
  });

  it("say which side is beyond the limits", () => {
    expect(verify("1", `\\boxed{${"(".repeat(300)}1${")".repeat(300)}}`)).toMatchObject({
      verdict: "limit",
      goldLimit: false,
    });
    expect(verify("7".repeat(5000), "\\boxed{7}")).toMatchObject({ verdict: "limit", goldLimit: true });
    expect(verdictOf("1", "$\\sum_{k=1}^{1000000000} \\sin k$")).toBe("limit");
  });

  it("tell what was found, how it was read, and what decided", () => {
    expect(verify("0.5", "Half: $\\boxed{\\frac12}$.")).toEqual({
      verdict: "correct",
      extracted: "\\frac12",
      place: "box",
      normalized: "\\frac{1}{2}",
      gold: "\\frac{1}{2}",
      rule: "exact",
      goldLimit: false,
      problem: undefined,
    });
  });

  it("never throw, and know a text as equal to itself", () => {
    const pieces = [
      "\\frac",
      "{",
      "}",
      "1",
      "x",
      "^",
      "_",
      "(",
      ")",
      "[",
      "]",
      "\\{",
      "\\}",
      ",",
      "=",
      "<",
      "\\pm",
      "\\sqrt",
      "|",
      "+",
      "-",
      "\\cup",
      "\\text{a}",
      "\\int",
      "dx",
      "\\sum",
      "&",
      "\\\\",
      "\\begin{cases}",
      "\\end{cases}",
      "!",
      "%",
      ":",
      " ",
      "$",
      "\\boxed",
      "__proto__",
      "constructor",
    ];
    const text = fc.array(fc.constantFrom(...pieces), { maxLength: 25 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, text, (gold, answer) => {
        verify(gold, answer);
        const { verdict } = verify(`$${gold}$`, `$${gold}$`, { preset: "mathverify" });
        return verdict !== "answer-unparsable";
      }),
      { numRuns: 2000 },
    );
  });
});
