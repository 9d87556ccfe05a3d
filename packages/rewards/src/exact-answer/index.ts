// 1 if the completion's final answer is the dataset's. Numbers are compared exactly, other text once it is trimmed.
import { defineReward } from "@pavlov/core";
import { z } from "zod";
import { strip } from "../python-text.js";
import { quote } from "../quote.js";
import { canonicalDecimal } from "./decimal.js";
import { answerSources, extractAnswer, sourceNames, withoutThinking } from "./extract.js";

/** What a gold answer may be written in, beside being the whole column. Its last number is not: 1066 is no battle. */
const goldSources = ["answer-tag", "boxed", "hashes"] as const;

/**
 * 1 if the final answer, extracted from `<answer>`, `\boxed`, `####` or the last number, equals the column `answer`;
 * 0 if it differs or there is none. Abstains where the column holds no answer.
 */
export const exactAnswer = defineReward({
  name: "exact-answer",
  description: "1 if the completion's final answer equals the dataset's, numbers compared as numbers, else 0.",
  columns: z.object({
    answer: z
      .union([z.string(), z.number()], { error: "must be a text or a number" })
      .nullable()
      .describe(
        "The right answer: a number, a text, or a worked solution that ends in #### or \\boxed. Empty abstains.",
      ),
  }),
  params: z.strictObject({
    caseSensitive: z.boolean().default(false).describe("Whether text answers must agree in upper and lower case."),
    sources: z
      .array(z.enum(answerSources))
      .min(1)
      .default([...answerSources])
      .describe(
        "Where the final answer may stand. They are always tried in the order answer-tag, boxed, hashes, last-number.",
      ),
  }),
  range: [0, 1],
  score({ completion, columns }, { params: { caseSensitive, sources } }) {
    const gold = goldAnswer(columns.answer);
    if (gold === undefined) return { score: null, reason: "the dataset's answer is empty" };

    const found = extractAnswer(withoutThinking(completion), sources);
    if (found === undefined) {
      return {
        score: 0,
        reason: `no final answer in ${sources.map((source) => sourceNames[source]).join(", ")}`,
      };
    }
    if (found.text === "") return { score: 0, reason: `the final answer in ${sourceNames[found.source]} is empty` };
    const right = isSameAnswer(found.text, gold, caseSensitive);
    const verb = right ? "equals" : "differs from";
    return {
      score: right ? 1 : 0,
      reason: `${quote(found.text)} from ${sourceNames[found.source]} ${verb} ${quote(gold)}`,
    };
  },
});

/**
 * The same text is at most this many times longer in another Unicode form (4 when decomposed, 2 in lower case). What is
 * longer cannot be equal and is not normalised, which takes quadratic time on hostile text.
 */
const LONGEST_FORM = 8;

function goldAnswer(column: string | number | null): string | undefined {
  if (column === null) return undefined;
  const text = strip(String(column));
  const gold = extractAnswer(text, goldSources)?.text ?? text;
  return gold === "" ? undefined : gold;
}

function isSameAnswer(answer: string, gold: string, caseSensitive: boolean): boolean {
  const number = canonicalDecimal(gold);
  if (number !== undefined) return canonicalDecimal(answer) === number;
  if (answer.length > LONGEST_FORM * gold.length) return false;
  return comparable(answer, caseSensitive) === comparable(gold, caseSensitive);
}

/** One form for text that Unicode can write in two, as é can be. */
function comparable(text: string, caseSensitive: boolean): string {
  const normal = text.normalize("NFC");
  return caseSensitive ? normal : normal.toLowerCase();
}
