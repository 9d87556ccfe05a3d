// The params of rewards that compare mathematics, and the options that they stand for.
import { z } from "zod";
import type { MathOptions } from "./options.js";

/** Left out, a preset's choice holds. */
export const mathParams = z.strictObject({
  preset: z
    .enum(["mathverify", "trl", "gsm8k", "hendrycks", "nemo"])
    .optional()
    .describe("Another grader whose choices hold where the params below are left out."),
  requireBoxed: z.boolean().optional().describe("Whether only what is in \\boxed counts. Default false."),
  requireAnchor: z
    .boolean()
    .optional()
    .describe('Whether only boxes and what follows the word "answer" count. Default false.'),
  targets: z
    .array(z.enum(["latex", "expression", "letter"]))
    .min(1)
    .optional()
    .describe("What is looked for: LaTeX, plain numbers and arithmetic, a choice's letter. Default the first two."),
  boxedPriority: z
    .number()
    .int()
    .min(-1)
    .max(1000)
    .optional()
    .describe("Where \\boxed stands among the places that are tried, lower first; -1 leaves it out. Default 50."),
  thinking: z
    .enum(["strip", "keep"])
    .optional()
    .describe("Whether what stands before </think> and around <answer> is left out. Default strip."),
  percent: z.enum(["exact", "lenient"]).optional().describe("Whether 10% is only 0.1, or 10 as well. Default exact."),
  units: z
    .enum(["ignore", "require"])
    .optional()
    .describe("Whether the gold answer's unit must be given. Default ignore."),
  decimals: z
    .enum(["relative", "rounded", "from-gold"])
    .optional()
    .describe(
      "How a decimal may differ from what it stands for. Default relative: by `tolerance`, within its last place.",
    ),
  tolerance: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("The relative difference that decimals may have. Default 1e-6."),
  decimalPlaces: z
    .number()
    .int()
    .min(0)
    .max(15)
    .optional()
    .describe("The places to which `decimals: rounded` rounds. Default 6."),
  caseSensitive: z.boolean().optional().describe("Whether x and X are two variables. Default true."),
  allowSetRelation: z
    .boolean()
    .optional()
    .describe(
      "Whether an inequality may answer for a gold interval. Default false, which stops restating the question.",
    ),
  orderedLists: z.boolean().optional().describe("Whether lists must come in the gold answer's order. Default false."),
  requireNumber: z
    .boolean()
    .optional()
    .describe("Whether a gold number wants a number: 408 and not 12*34. Default false, as in other graders."),
  letters: z
    .string()
    .regex(/^[A-Za-z]+$/)
    .optional()
    .describe("The letters that `targets: [letter]` knows. Default ABCD."),
});

/** One object for each set of params, since what is derived from options is kept by identity. */
export function optionsOf(params: z.output<typeof mathParams>): MathOptions {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
}
