/** Completions of 100 kB on which a careless reward takes minutes, or all the memory. */

const SIZE = 100_000;

export const filled = (part: string): string => part.repeat(Math.ceil(SIZE / part.length)).slice(0, SIZE);

/** `open` half of the size, then `close` for the rest. */
const nested = (open: string, close: string, inside = ""): string => {
  const depth = Math.floor(SIZE / (open.length + close.length));
  return open.repeat(depth) + inside + close.repeat(depth);
};

/** By name, each made when it is asked for, so that those that are not being scored take no memory. */
export const hostileTexts: Readonly<Record<string, () => string>> = {
  nothing: () => "",
  "one letter": () => filled("a"),
  digits: () => filled("7"),
  "zeros and a one": () => `${filled("0")}1`,
  whitespace: () => filled(" \n"),
  "spaces and a letter": () => `${filled(" ")}x`,
  "different words": () => Array.from({ length: 15_000 }, (_, index) => `w${index}`).join(" "),
  emoji: () => filled("👩‍🚀"),
  "lone surrogates": () => filled("\ud83d"),
  "combining marks": () => `<answer>${filled("\u0301\u0323")}</answer>`,
  "opening tags": () => filled("<think><answer>"),
  "closing tags": () => `<think>${filled("</think> ")}`,
  "answers without an end": () => filled("<think></think><answer>"),
  "whole answers": () => filled("<think>x</think><answer>7</answer>"),
  "nested answers": () => nested("<answer>", "</answer>", "7"),
  "open boxes": () => filled("\\boxed{"),
  "nested boxes": () => nested("\\boxed{", "}", "7"),
  "a box of digits": () => `\\boxed{${filled("9")}}`,
  "a box of additions": () => `\\boxed{${filled("1+")}1}`,
  "a box of powers": () => `\\boxed{${filled("9^")}9}`,
  "a box of brackets": () => `\\boxed{${nested("(", ")", "x")}}`,
  "a box of fractions": () => `\\boxed{${nested("\\frac{1}{", "}", "2")}}`,
  "a box of roots": () => `\\boxed{${nested("\\sqrt{", "}", "2")}}`,
  "a box of letters": () => `\\boxed{${filled("xy")}}`,
  "a box of a matrix": () => `\\boxed{\\begin{pmatrix}${filled("1&2\\\\")}\\end{pmatrix}}`,
  hashes: () => filled("#### 7\n"),
  "answer is": () => filled("the answer is A. "),
  commas: () => filled("1,234,"),
  "open brackets": () => filled("["),
  "nested lists": () => nested("[", "]"),
  "nested objects": () => nested('{"a":', "}", "1"),
  "an open text": () => `{"a":"${filled("\\")}`,
  "a list of numbers": () => `[${filled("1,").slice(0, -1)}]`,
  fences: () => filled("```\n"),
  backticks: () => filled("`"),
  "fenced code": () => `\`\`\`python\n${filled("x = 1\n")}\`\`\``,
  "Markdown lists": () => filled("1. a\n"),
};
