import { describe, expect, it } from "vitest";
import { verify } from "../verify.js";
import { expectAll } from "../verify.test.fixture.js";

describe("relations", () => {
  it("may move their sides and turn their signs", () => {
    expectAll([
      ["y=2x+1", "$y-2x=1$", true],
      ["y=2x+1", "$2x+1$", true],
      ["y=2x+1", "$y=2x-1$", false],
      ["x \\ge 5", "$5 \\le x$", true],
      ["x < 3", "$2x < 6$", true],
      ["x < 3", "$-2x < -6$", false],
      ["1 < x < 4", "$4 > x > 1$", true],
      ["b=\\frac{c}{a}", "$ab=c$", true],
      ["x=3", "$x=x$", false],
      ["x=1", "$y=1$", false],
      ["x=1", "$x=2-1=1$", true],
      ["42", "$41=42$", false],
      ["42", "$41=42$", true, { preset: "mathverify" }],
      ["42", "$40+2=42$", true],
      ["120", "$2\\text{ h}=120\\text{ min}$", true],
      ["42", "$42=x$", true],
      ["y", "$x=y$", true],
    ]);
  });

  it("stand for their solutions where the gold answer is the relation", () => {
    expectAll([
      ["-2 \\le x \\le 7", "$[-2,7]$", true],
      ["-2 \\le x < 7", "$[-2,7]$", false],
      ["|x| > 2", "$(-\\infty,-2)\\cup(2,\\infty)$", true],
      ["x \\ne 5", "$(-\\infty,5)\\cup(5,\\infty)$", true],
      ["[-2,7]", "$-2 \\le x \\le 7$", false],
      ["[-2,7]", "$-2 \\le x \\le 7$", true, { allowSetRelation: true }],
      ["0 < f(x) < 1", "$(0,1)$", true],
      ["1 < x < 3", "$x > 1, x < 3$", true],
      ["1 < x < 3", "$x > 1, x < 4$", false],
      ["1 < x < 3", "$\\{x \\mid 1 < x < 3\\}$", true],
      ["(1,3)", "$x > 1 \\text{ and } x < 3$", true, { allowSetRelation: true }],
      ["(1,3)", "$x > 1 \\text{ and } x < 3$", false],
      ["x \\le -1 \\text{ or } x \\ge 3", "$3 \\le x \\text{ or } x \\le -1$", true],
      ["x \\le -1 \\text{ or } x \\ge 3", "$x \\le -1 \\text{ and } x \\ge 3$", false],
      ["x = 1 \\text{ or } x = 2", "$x = 1 \\text{ and } x = 2$", true],
      ["p \\land q", "$p \\lor q$", false],
      ["x > 1 \\text{ and } x < 3", "$x > 1 \\text{ or } x < 3$", false],
    ]);
  });
});

describe("lists, sets and intervals", () => {
  it("compare sets without order and tuples with it", () => {
    expectAll([
      ["\\{1,2,3\\}", "$3,1,2$", true],
      ["(1,2,3)", "$(3,1,2)$", false],
      ["(1,2)", "$\\{2,1\\}$", false],
      ["\\{1,2,3\\}", "$\\{\\{1\\},2,3\\}$", false],
      ["7/2", "The answer is 7/2 or 3.5.", true],
      ["7/2", "The answer is 7/2 or 3.4.", false],
      ["5", "$(5,5)$", false],
      ["\\{2,1\\}", "$(1,2)$", true],
      ["1 \\pm \\sqrt5", "$1-\\sqrt5, 1+\\sqrt5$", true],
      ["1,2,\\ldots,100", "$7$", false],
      ["7", "$1,2,\\ldots,100$", false],
      ["x=2,y=3", "$(2,3)$", true],
      ["x=2,y=3", "$(3,2)$", false],
      ["x=1 \\text{ or } x=-1", "$x=\\pm1$", true],
      ["19, 46, \\text{ and } 82", "$82, 46, 19$", true],
    ]);
  });

  it("compare regions of the real line", () => {
    expectAll([
      ["(1,2]", "$(1,2]$", true],
      ["(1,2]", "$[1,2]$", false],
      ["\\mathbb{R}", "$(-\\infty,\\infty)$", true],
      ["\\mathbb{R}\\setminus\\{0\\}", "$(-\\infty,0)\\cup(0,\\infty)$", true],
      ["(-\\infty,-7)\\cup(1,\\infty)", "$(-\\infty,-8)\\cup(1,\\infty)$", false],
      ["[0,2]\\cup[1,3]", "$[0,3]$", true],
      ["(3,\\infty)", "$\\{x \\mid x>3\\}$", true],
      ["]1,4[", "$(1,4)$", true],
      ["\\emptyset", "$\\{\\}$", true],
    ]);
  });

  it("know families with a whole parameter", () => {
    expectAll([
      ["x=\\frac{\\pi}{6}+k\\pi, k\\in\\mathbb{Z}", "$x=\\frac{7\\pi}{6}+n\\pi, n\\in\\mathbb{Z}$", true],
      ["x=\\frac{\\pi}{6}+k\\pi, k\\in\\mathbb{Z}", "$x=\\frac{\\pi}{6}+2k\\pi, k\\in\\mathbb{Z}$", false],
      ["x=k\\pi, k\\in\\mathbb{Z}", "$\\{x \\mid x=k\\pi, k\\in\\mathbb{Z}\\}$", true],
      ["x=k\\pi, k\\in\\mathbb{Z}", "$x=k\\pi, \\text{ where } k \\text{ is an integer}$", true],
      ["x=k\\pi, k\\in\\mathbb{Z}", "$x=2k\\pi, \\text{ where } k \\text{ is an integer}$", false],
      ["k\\pi, k\\in\\mathbb{Z}", "$2k\\pi, (2k+1)\\pi, k\\in\\mathbb{Z}$", true],
    ]);
  });

  it("work out matrices", () => {
    expectAll([
      ["\\begin{pmatrix}6&8\\\\10&12\\end{pmatrix}", "$2\\begin{bmatrix}3&4\\\\5&6\\end{bmatrix}$", true],
      ["\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "$\\begin{pmatrix}1&2\\\\3&5\\end{pmatrix}$", false],
      ["\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "$\\begin{pmatrix}1&3\\\\2&4\\end{pmatrix}^T$", true],
    ]);
  });

  it("work out products of many matrices, however they are nested", () => {
    const swap = "\\begin{pmatrix}0&1\\\\1&0\\end{pmatrix}";
    const nested = (count: number): string => `${"(".repeat(count)}${swap}${`${swap})`.repeat(count)}`;
    const symbolic = nested(40).replaceAll("0", "t");
    expectAll([
      ["\\begin{pmatrix}1&0\\\\0&1\\end{pmatrix}", `$${nested(39)}$`, true],
      [swap, `$${nested(39)}$`, false],
    ]);
    expect(verify("$1$", `$${symbolic}$`).verdict).toBe("limit");
  });

  it("read a comma between digits as the other side does", () => {
    expectAll([
      ["1,234", "$1234$", true],
      ["100,200", "$\\{100, 200\\}$", true],
      ["100, 200", "\\boxed{100,200}", true],
      ["1,234", "$1$", false],
    ]);
  });
});
