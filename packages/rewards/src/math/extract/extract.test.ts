import { expect, it } from "vitest";
import type { MathOptions } from "../options.js";
import { extract } from "./extract.js";

const found = (text: string, options?: MathOptions): string | undefined => {
  const { state, normalized } = extract(text, options);
  return state === "read" ? normalized : undefined;
};

it("takes a final answer before a box, a box before any other formula, and the last of equals", () => {
  expect(found("$1$ then \\boxed{2} then $3$")).toBe("2");
  expect(found("\\boxed{2}. The final answer is $3$. I hope it is correct.")).toBe("3");
  expect(found("\\boxed{2}. The final answer is $3$. I hope it is correct.", { boxedPriority: 0 })).toBe("3");
  expect(
    found(
      "\\boxed{2}, later \\boxed{3}, and much much later, after many more words that say nothing of any use, \\boxed{4}",
    ),
  ).toBe("4");
  expect(found("$1$, then $2$, so in the end it must be $3$")).toBe("3");
});

it("joins boxes that belong together and drops a repeated one", () => {
  expect(found("\\boxed{1} and \\boxed{2}")).toBe("1, 2");
  expect(found("\\boxed{1} papers and \\boxed{2} bins")).toBe("1, 2");
  expect(found("\\boxed{1} no no no no no \\boxed{2}")).toBe("2");
  expect(found("\\[\\boxed{1}, \\quad \\boxed{1}\\]")).toBe("1");
});

it("joins formulas that only a comma or a word separates", () => {
  expect(found("They are $1$, $2$ and $3$.")).toBe("1, 2, 3");
});

it("finds what follows the word answer", () => {
  expect(found("Answer: 7. Check: 3 + 4.")).toBe("7");
  expect(found("the answer is 3 + 4 = 7 apples. We used 5 bags.")).toBe("7");
  expect(found("The final answer to your question is $8$, not $9$")).toBe("8");
});

it("takes a sentence for an answer where all of it is mathematics", () => {
  expect(found("The answer is 42x. It grows.")).toBe("42 x");
  expect(found("The answer is 1/2.")).toBe("\\frac{1}{2}");
  expect(found("Answer: (1, 2)")).toBe("(1, 2)");
  expect(found("The answer is 42, 43 or 44.")).toBe("42, 43, 44");
  expect(found("The answer is 7 for a reason.")).toBe("7");
  expect(found("The answer is 10 a day.")).toBe("10");
  expect(found("The answer is 42x.", { preset: "mathverify" })).toBe("42");
});

it("reads a last sentence that says what something is as a whole", () => {
  expect(found("We solve it. The point is (3, -2).")).toBe("(3, -2)");
  expect(found("The solutions are 1, 2, and 3.")).toBe("1, 2, 3");
  expect(found("The polynomial is x^2 + 2x + 3.")).toBe("x^{2}+2 x+3");
  expect(found("The speed is 42 m/s.")).toBe("42");
  expect(found("So there are 40 - 16 = 24 boys, who are boys.")).toBe("24");
  expect(found("What is 12*34?")).toBeUndefined();
});

it("takes no number that the words beside it make another one", () => {
  for (const text of [
    "either 41 or 42",
    "between 41 and 42",
    "minus 42",
    "The answer is at least 42.",
    "The answer is greater than 42.",
    "The answer is 42 or more.",
    "The answer is 42 choose 2.",
    "So y comes to 5 log x + 42",
    "1.234.567",
  ])
    expect(found(text)).toBeUndefined();
  expect(found("That makes 42, not 43.")).toBe("42");
  expect(found("either 41 or 42", { preset: "mathverify" })).toBe("42");
});

it("ends an answer with its sentence", () => {
  expect(found("The answer is $41$. Check: $41+1 = 42$.")).toBe("41");
  expect(found("The answer is 41, as 41 + 1 = 42.")).toBe("41");
  expect(found("The answer is 41 apples, as 41 + 1 = 42 is known.")).toBe("41");
  expect(found("He got 6 correct answers. So Ann got 6 * 7 = 42 correct answers.")).toBe("42");
  expect(found("Answer: 42\n\nExplanation: 6 * 7 = 42 and 5 * 7 = 35.")).toBe("42");
  expect(found("Answer to problem 7: 42")).toBe("42");
});

it("finds a number behind quotes and other marks where there is no other", () => {
  for (const text of ['"42"', "'42'", "`42`", "*42*", "__42__", "(42)", "~42", "+42", "\\$42", "US$42"])
    expect(found(`The total is ${text}.`)).toBe("42");
  expect(found("It's 42")).toBe("42");
  expect(found("Answer → 42")).toBe("42");
  expect(found("答案:42")).toBe("42");
  expect(found('{"answer": "42"}')).toBe("42");
  expect(found("The result is –3.")).toBe("-3");
});

it("reads numbers as people write them", () => {
  expect(found("There are 2.5 million people")).toBe("\\frac{5}{2} 1000000");
  expect(found("It costs $1,234.50 in all")).toBe("\\frac{2469}{2}");
  expect(found("about **73** of them")).toBe("73");
  expect(found("it is 2,74 metres")).toBe("\\frac{137}{50}");
  expect(found("that makes 28 percent of them")).toBe("28\\%");
  expect(found("12 / 4 * 2")).toBe("\\frac{12 \\cdot 2}{4}");
});

it("knows the marks of datasets", () => {
  expect(found("3 + 4 = 7\n#### 7")).toBe("7");
  expect(found("#### Final answer\n42")).toBe("42");
  expect(found("<think>maybe \\boxed{1}</think><answer>x^2+1</answer>")).toBe("x^{2}+1");
  expect(found("<think>\\boxed{1}</think>no idea", { thinking: "keep" })).toBe("1");
});

it("looks only where it is told to", () => {
  expect(found("so $5$", { requireBoxed: true })).toBeUndefined();
  expect(found("so $5$", { requireAnchor: true })).toBeUndefined();
  expect(found("so the answer is $5$", { requireAnchor: true })).toBe("5");
  expect(found("the answer is 5", { targets: ["latex"], bare: false })).toBeUndefined();
  expect(found("\\boxed{5} so $6$", { boxedPriority: -1 })).toBe("6");
});

it("finds letters", () => {
  const letter = (text: string): string | undefined => found(text, { targets: ["letter"] });
  expect(letter("It's not A because it makes no sense, therefore I think it's B")).toBe("b");
  expect(letter("The answer is surely D, it can't be A or B")).toBe("d");
  expect(letter("C. It can't be A")).toBe("c");
  expect(letter("No valid one here")).toBeUndefined();
  expect(letter("A man walks into a bar.")).toBeUndefined();
  expect(letter("A is right")).toBe("a");
  expect(letter("A, B, C and D")).toBeUndefined();
  expect(letter("The answer is A or B.")).toBeUndefined();
});

it("takes no earlier number for a box that cannot be read", () => {
  expect(extract("It is 42. \\boxed{\\frac{4}}").state).toBe("unreadable");
  expect(extract("It is 42. \\boxed{}").state).toBe("none");
  expect(extract("It is 42. \\boxed{4").state).toBe("none");
});

it("reads shorthands unless told not to", () => {
  expect(found("$\\frac12$")).toBe("\\frac{1}{2}");
  expect(found("$\\frac12$", { shorthands: false, targets: ["latex"] })).toBeUndefined();
});
