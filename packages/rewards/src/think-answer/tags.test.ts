import fc from "fast-check";
import { expect, it } from "vitest";
import { findThinkAnswer } from "./tags.js";

it("finds what the regular expression finds, wherever the tags stand", () => {
  const expression = /<think>(.*?)<\/think>\s*<answer>(.*?)<\/answer>/s;
  const parts = fc.constantFrom("<think>", "</think>", "<answer>", "</answer>", " ", "\n", "a");
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 14 }), (pieces) => {
      const text = pieces.join("");
      const [, thinking, answer] = expression.exec(text) ?? [];
      expect(findThinkAnswer(text)).toEqual(thinking === undefined ? undefined : { thinking, answer });
    }),
    { numRuns: 3000 },
  );
});

it("finds a block in most texts that have one", () => {
  expect(findThinkAnswer("a<think>b</think> \n<answer>c</answer>d")).toEqual({
    thinking: "b",
    answer: "c",
  });
});
