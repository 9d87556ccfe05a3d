// Whether a worked solution's answer equals the dataset's as mathematics, as Math-Verify and TRL's accuracy_reward ask.
import { defineReward } from "@pavlov/core";
import { z } from "zod";
import { answerColumn } from "../correctness.js";
import { quoteFormula as quote } from "../quote.js";
import { mathParams, optionsOf } from "./params.js";
import { isGoldAtFault, type Verification, verify } from "./verify.js";

/**
 * 1 if the completion's answer equals the column `answer`, else 0. Abstains where the column is empty or holds no
 * mathematics that can be read, so that a dataset's slips are not the policy's.
 */
export const math = defineReward({
  name: "math",
  description: "1 if the completion's answer equals the dataset's as mathematics, else 0.",
  columns: z.object({ answer: answerColumn }),
  params: mathParams,
  range: [0, 1],
  setup: ({ params }) => optionsOf(params),
  score({ completion, columns }, { state: options }) {
    const gold = columns.answer === null ? "" : String(columns.answer);
    if (gold.trim() === "") return { score: null, reason: "the dataset's answer is empty" };
    const result = verify(gold, completion, options);
    return {
      score: isGoldAtFault(result) ? null : result.verdict === "correct" ? 1 : 0,
      reason: explain(gold, result),
    };
  },
});

/** What was found, how it was read and why it is or is not equal. */
function explain(gold: string, result: Verification): string {
  const { verdict, extracted, place, normalized, rule, problem } = result;
  const wanted = `the gold answer ${quote(result.gold || gold)}`;
  const found = `${quote(extracted)} from ${place ?? "the text"}`;
  const read = normalized === "" || normalized === extracted ? found : `${found}, read as ${quote(normalized)},`;
  const because = problem === undefined ? "" : `: ${problem}`;
  switch (verdict) {
    case "correct":
      return `${read} equals ${wanted} (${rule ?? "identical"})`;
    case "wrong":
      return `${read} differs from ${wanted}${because}`;
    case "gold-unparsable":
      return `the gold answer ${quote(gold)} cannot be read${because}`;
    case "no-answer":
      return `no answer${place === undefined ? "" : ` in ${place}`}${because}; ${wanted} was expected`;
    case "answer-unparsable":
      return `${found} cannot be read${because}; ${wanted} was expected`;
    case "limit":
      return `${result.goldLimit ? "the gold answer" : extracted === "" ? "the answer" : found} is too much to work out${because}`;
  }
}
