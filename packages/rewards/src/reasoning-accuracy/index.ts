// Whether the answer after the reasoning is right, and nothing where the reasoning never ends (TRL).
import { defineReward } from "@pavlov/core";
import { z } from "zod";
import { answerColumn, comparisonParam, correctnessOf } from "../correctness.js";
import { optionsOf } from "../math/params.js";
import { quote } from "../quote.js";

/**
 * 1 if the answer in what follows the last end of the reasoning equals the column `answer`, else 0; 0 as well where the
 * reasoning does not end. Abstains where the column is empty or cannot be read. As `reasoning_accuracy_reward` of TRL
 * 1.16 (trl/rewards/accuracy_rewards.py), down to the delimiters: the first of the list that occurs is the one.
 */
export const reasoningAccuracy = defineReward({
  name: "reasoning-accuracy",
  description: "1 if the answer after the reasoning is right as mathematics, else 0; 0 if the reasoning never ends.",
  columns: z.object({ answer: answerColumn }),
  params: z.strictObject({
    delimiters: z
      .array(z.string().min(1))
      .min(1)
      .default(["</think>"])
      .describe("What ends the reasoning; of several, the first of the list that occurs."),
    math: comparisonParam,
  }),
  range: [0, 1],
  setup: ({ params }) => optionsOf({ ...params.math, thinking: "keep" }),
  score({ completion, columns }, { params: { delimiters }, state: options }) {
    const delimiter = delimiters.find((each) => completion.includes(each));
    if (delimiter === undefined) {
      return { score: 0, reason: `the reasoning does not end: no ${delimiters.map(quote).join(" or ")}`.slice(0, 200) };
    }
    const answer = completion.slice(completion.lastIndexOf(delimiter) + delimiter.length);
    const { correct, reason } = correctnessOf(columns.answer, answer, options);
    return { score: correct === undefined ? null : correct ? 1 : 0, reason };
  },
});
