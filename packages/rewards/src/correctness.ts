// Whether a completion's answer is right as mathematics, for rewards that make more of it than 1 or 0.
import { z } from "zod";
import type { MathOptions } from "./math/options.js";
import { mathParams } from "./math/params.js";
import { isGoldAtFault, verify } from "./math/verify.js";
import { quoteFormula as quote } from "./quote.js";

/** The column that answers are compared with. */
export const answerColumn = z
  .union([z.string(), z.number()], { error: "must be a text or a number" })
  .nullable()
  .describe(
    "The right answer: plain (1/2), LaTeX (\\frac12, $x=1$), or a worked solution with \\boxed or ####. Empty abstains.",
  );

/** The param that says how answers are compared. */
export const comparisonParam = mathParams
  .default({ preset: "trl" })
  .describe(
    "How answers are compared: the params of the reward math. By default as TRL: only LaTeX and \\boxed are answers.",
  );

/** What is known of a completion's answer. */
export interface Correctness {
  /** Undefined where the dataset's answer is empty or cannot be read. */
  readonly correct: boolean | undefined;
  /** In a few words. */
  readonly reason: string;
}

/** Compares the completion's answer with the dataset's. */
export function correctnessOf(answer: string | number | null, completion: string, options: MathOptions): Correctness {
  const gold = answer === null ? "" : String(answer);
  if (gold.trim() === "") return { correct: undefined, reason: "the dataset's answer is empty" };
  const result = verify(gold, completion, options);
  const { verdict, extracted } = result;
  if (isGoldAtFault(result)) {
    return { correct: undefined, reason: `the dataset's answer ${quote(gold)} cannot be read` };
  }
  if (verdict === "correct") return { correct: true, reason: `right: ${quote(extracted)}` };
  return { correct: false, reason: extracted === "" ? "wrong: no answer" : `wrong: ${quote(extracted)}` };
}
