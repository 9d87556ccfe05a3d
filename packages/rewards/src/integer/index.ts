// Whether the final answer is a whole number (the integer rewards of mlx-node and mlx-lm-lora).
import { defineReward } from "@pavlov/core";
import { z } from "zod";
import { canonicalDecimal } from "../exact-answer/decimal.js";
import { answerSources, extractAnswer, sourceNames, withoutThinking } from "../exact-answer/extract.js";
import { quote } from "../quote.js";

/** The value of a whole number; undefined for what is none. Of numbers beyond 2^53 it is the nearest that there is. */
function wholeNumber(text: string, plain: boolean): number | undefined {
  if (plain) return /^-?\d+$/.test(text) ? Number(text) : undefined;
  const canonical = canonicalDecimal(text);
  if (canonical === undefined) return undefined;
  return canonical === "0" || !canonical.includes("e-") ? Number(canonical) : undefined;
}

/** 1 if the final answer is a whole number within `min` and `max`, else 0: right or wrong does not matter. */
export const integer = defineReward({
  name: "integer",
  description: "1 if the completion's final answer is a whole number, right or wrong, else 0.",
  params: z
    .strictObject({
      plain: z
        .boolean()
        .default(false)
        .describe("Whether it must be digits and perhaps a minus, without commas, currency or decimals of zero."),
      min: z.number().nullable().default(null).describe("The least number that counts, or null."),
      max: z.number().nullable().default(null).describe("The greatest number that counts, or null."),
      sources: z
        .array(z.enum(answerSources))
        .min(1)
        .default(["answer-tag", "boxed", "hashes"])
        .describe(
          "Where the final answer may stand. They are always tried in the order answer-tag, boxed, hashes, last-number.",
        ),
    })
    .refine(({ min, max }) => min === null || max === null || min <= max, {
      message: "min must be at most max",
      path: ["min"],
    }),
  range: [0, 1],
  score({ completion }, { params: { plain, min, max, sources } }) {
    const found = extractAnswer(withoutThinking(completion), sources);
    if (found === undefined) {
      return { score: 0, reason: `no final answer in ${sources.map((source) => sourceNames[source]).join(", ")}` };
    }
    const answer = `${quote(found.text)} from ${sourceNames[found.source]}`;
    const value = wholeNumber(found.text, plain);
    if (value === undefined) return { score: 0, reason: `${answer} is no whole number` };
    if (min !== null && value < min) return { score: 0, reason: `${answer} is less than ${min}` };
    if (max !== null && value > max) return { score: 0, reason: `${answer} is more than ${max}` };
    return { score: 1, reason: `${answer} is a whole number` };
  },
});
