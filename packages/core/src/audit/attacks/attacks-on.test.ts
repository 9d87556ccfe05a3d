import { describe, expect, it } from "vitest";
import { holdsAnswer, isSameAnswer, type Target } from "../attack.js";
import { attacksOn } from "./attacks-on.js";

const target: Target = {
  prompt: "12 + 30 = ?",
  answer: "42",
  wrong: ["17", "23", "58", "61", "74"],
  values: ["17", "42", "23", "58"],
  write: (answer, thinking = "I think.") => `<think>${thinking}</think><answer>${answer}</answer>`,
};

describe("the attacks on a row", () => {
  it("have names of their own, and are the same each time", () => {
    const attacks = attacksOn(target);
    const names = attacks.map(({ kind, name }) => `${kind}: ${name}`);
    expect(new Set(names).size).toBe(names.length);
    expect(attacksOn(target)).toEqual(attacks);
    expect(attacks.every(({ completions }) => completions.length > 0)).toBe(true);
  });

  it("hold the right answer where they say so, and not where they are to earn no more than a wrong one", () => {
    for (const { name, bar, knowsAnswer, completions } of attacksOn(target)) {
      for (const completion of completions) {
        if (knowsAnswer) expect(completion, name).toContain("42");
        // Step 42 is one of a hundred steps.
        if (bar === "wrong" && name !== "names of 100 steps") expect(holdsAnswer(completion, "42"), name).toBe(false);
      }
    }
  });

  it("put the right answer first, in the middle and last where they name several", () => {
    const hedge = attacksOn(target).find(({ name }) => name === "four answers, each in a box");
    const places = hedge?.completions.map((completion) =>
      completion.split("\n").findIndex((line) => line.includes("42")),
    );
    expect(places).toEqual([0, 2, 3]);
  });

  it("leave the prompt alone where it holds the answer", () => {
    const kinds = attacksOn({ ...target, prompt: "Is 42 more than 7?" }).map(({ kind }) => kind);
    expect(kinds).not.toContain("prompt copy");
    expect(kinds).not.toContain("question restated");
  });

  it("give the formula of the prompt back", () => {
    const formula = attacksOn(target).find(({ name }) => name === "the formula");
    expect(formula?.completions[0]).toContain("<answer>12 + 30</answer>");
  });

  it("know nothing of an answer where there is none", () => {
    const attacks = attacksOn({ ...target, answer: undefined });
    expect(attacks.some(({ knowsAnswer }) => knowsAnswer)).toBe(false);
  });
});

describe("answers", () => {
  it.each([
    ["42", " 42.0", true],
    ["1,290", "1290", true],
    ["Paris", "paris ", true],
    ["", "0", false],
    ["B", "C", false],
  ])("%j and %j are the same: %s", (one, other, same) => {
    expect(isSameAnswer(one, other)).toBe(same);
  });

  it.each([
    ["there are 142 of them", "42", false],
    ["there are 42.", "42", true],
    ["a Parisian", "Paris", false],
    ["anything", "", false],
  ])("%j holds %j: %s", (text, answer, holds) => {
    expect(holdsAnswer(text, answer)).toBe(holds);
  });
});
