// Whether the completion decides for the right one of several lettered choices.
import { defineReward } from "@pavlov/core";
import { z } from "zod";
import { withoutThinking } from "../exact-answer/extract.js";
import { strip } from "../python-text.js";
import { quote } from "../quote.js";
import { type Choices, letterOf, readChoice } from "./read-choice.js";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** Choices by letter, from a list, or from an object whose keys are the letters. */
function choicesOf(column: readonly string[] | Readonly<Record<string, string>> | null | undefined): Choices {
  if (!column) return new Map();
  const entries = Array.isArray(column)
    ? column.slice(0, LETTERS.length).map((text: string, index) => [LETTERS.charAt(index), text] as const)
    : Object.entries(column).map(([letter, text]) => [letter.toUpperCase(), text] as const);
  return new Map(entries);
}

/** The right letter: a number is a place in the list of choices, from 0, as in many datasets. */
function goldLetter(answer: string | number | null, choices: Choices): string | null {
  if (answer === null || answer === "") return null;
  const index = typeof answer === "number" ? answer : /^\d+$/.test(strip(answer)) ? Number(strip(answer)) : undefined;
  if (index !== undefined && ![...choices.values()].includes(String(answer))) return [...choices.keys()][index] ?? null;
  return letterOf(String(answer), choices);
}

/**
 * 1 if the completion decides for the choice in the column `answer`, else 0. The decision is read from `<answer>`,
 * `\boxed`, `####`, the last "answer is (B)", or a last line that is a choice alone; one that names several choices is
 * none. Abstains where the column names no choice.
 */
export const multipleChoice = defineReward({
  name: "multiple-choice",
  description: "1 if the completion decides for the right one of several lettered choices, else 0.",
  columns: z.object({
    answer: z
      .union([z.string(), z.number()], { error: "must be a letter, a choice's text, or a number" })
      .nullable()
      .describe("The right letter, the right choice's text, or its place in the choices from 0. Empty abstains."),
    choices: z
      .union([z.array(z.string()), z.record(z.string(), z.string())], {
        error: "must be a list of texts, or an object of texts by their letters",
      })
      .nullish()
      .describe("The choices' texts, as a list or by letter. Optional: then only letters are understood."),
  }),
  params: z.strictObject({}),
  range: [0, 1],
  score({ completion, columns }) {
    const choices = choicesOf(columns.choices);
    const gold = goldLetter(columns.answer, choices);
    if (gold === null)
      return { score: null, reason: `the dataset's answer ${quote(String(columns.answer))} is no choice` };
    const found = readChoice(withoutThinking(completion), choices);
    if (found === undefined) return { score: 0, reason: "no decision for a choice" };
    if (found.letter === null)
      return { score: 0, reason: `${quote(found.text)} in ${found.place} is no single choice` };
    const right = found.letter === gold;
    return {
      score: right ? 1 : 0,
      reason: `${found.letter} from ${found.place} ${right ? "is right" : `is wrong: ${gold} is right`}`,
    };
  },
});
