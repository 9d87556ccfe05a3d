import { describe, it } from "vitest";
import { expectAll } from "../verify.test.fixture.js";

describe("the reader takes", () => {
  it("systems as lists, and other aligned lines as their last one", () => {
    expectAll([
      ["(3,-2)", "\\boxed{\\left\\{\\begin{array}{l} x=3 \\\\ y=-2\\end{array}\\right.}", true],
      ["(3,-2)", "\\boxed{\\begin{aligned} x &= 3 \\\\ y &= -2 \\end{aligned}}", true],
      ["-2", "\\boxed{\\begin{aligned} x &= 3 \\\\ y &= -2 \\end{aligned}}", false],
      ["7", "\\begin{aligned} x &= 3+4 \\\\ &= 7 \\end{aligned}", true],
      ["7", "\\[\\begin{aligned} x+1 &= 8 \\\\ x &= 7 \\end{aligned}\\]", true],
      ["9\\pi", "\\[\\begin{aligned} r &= 3 \\\\ A &= \\pi r^2 = 9\\pi \\end{aligned}\\]", true],
    ]);
  });

  it("digits that go on as a repeating decimal", () => {
    expectAll([
      ["1/3", "$0.333\\ldots$", true],
      ["1/6", "$0.1666...$", true],
      ["1/7", "$0.142857142857\\ldots$", true],
      ["0.33", "$0.333\\ldots$", false],
      ["3", "$0.\\overline{3}...$", false],
    ]);
  });

  it("past words before an answer", () => {
    expectAll([
      ["42", "\\boxed{\\text{The answer is } 42}", true],
      ["42", "\\boxed{\\text{Answer: }42}", true],
      ["18.9", "\\boxed{\\text{Rs. }18.90}", true],
    ]);
  });

  it("units in upright letters, and after a slash", () => {
    expectAll([
      ["5", "$5\\,\\mathrm{m\\,s^{-1}}$", true],
      ["18", "The answer is $18/day.", true],
    ]);
  });

  it("constants of integration in either case, and other letters in their own", () => {
    expectAll([
      ["\\frac{x^3}{3}+C", "$\\frac13x^3+c$", true],
      ["x+C", "$x+d$", false],
      ["a+b+C", "$a+b+c$", false],
      ["C", "$c$", false],
      ["y=C_1e^x+C_2", "$y=c_1e^x+c_2$", true],
    ]);
  });

  it("a condition in brackets beside what it is about", () => {
    expectAll([
      ["x=k\\pi, k\\in\\mathbb{Z}", "$x=k\\pi\\,(k\\in\\mathbb{Z})$", true],
      ["x=k\\pi, k\\in\\mathbb{Z}", "$x=2k\\pi\\,(k\\in\\mathbb{Z})$", false],
      ["[k\\pi, k\\pi+1], k \\in \\mathbb{Z}", "$[k\\pi, k\\pi+1] (k \\in \\mathbb{Z})$", true],
      ["f(x)", "$f(x)$", true],
      ["2", "$2 (k \\in \\mathbb{Z})$", false],
    ]);
  });

  it("a cross as a product, a base of ten as none, and arrows over letters", () => {
    expectAll([
      ["300000", "The answer is 3 x 10^5.", true],
      ["3", "The answer is 3 x 10^5.", false],
      ["11", "$11_{10}$", true],
      ["12", "$11_{10}$", false],
      ["\\vec{AB}", "$\\overrightarrow{AB}$", true],
    ]);
  });
});
