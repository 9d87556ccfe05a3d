// Among the completions of one prompt, right ones earn for being short, and wrong ones lose for being long (Kimi k1.5).
import { defineReward } from "@pavlov/core";
import { z } from "zod";
import { answerColumn, comparisonParam, correctnessOf } from "../correctness.js";
import { lengthInWords, measureLength } from "../length-unit.js";
import { optionsOf } from "../math/params.js";

/**
 * λ = 0.5 − (length − shortest) / (longest − shortest) over the completions of one prompt: λ for right answers, min(0, λ)
 * for wrong ones, and 0 for all where all are of one length (Kimi k1.5, section 2.3.3). Abstains where the column
 * `answer` is empty or cannot be read.
 *
 * `open-r1`: as `len_reward` of Open R1 (src/open_r1/rewards.py): characters, and rows whose answer cannot be read count
 * as right. Open R1 compares all completions of a call, whichever prompt they answer; here they are those of one prompt.
 */
export const kimiLength = defineReward({
  name: "kimi-length",
  description: "Compared with the prompt's other completions: right and short earns up to 0.5, long loses up to 0.5.",
  columns: z.object({ answer: answerColumn }),
  params: z.strictObject({
    preset: z
      .enum(["kimi", "open-r1"])
      .default("kimi")
      .describe("kimi: as published, rows whose answer cannot be read abstain. open-r1: they count as right."),
    unit: z
      .enum(["characters", "words", "tokens"])
      .optional()
      .describe("What is counted: tokens, words or characters. Default tokens, or characters with open-r1."),
    math: comparisonParam,
  }),
  readsIfPresent: ["tokenIds"],
  range: [-0.5, 0.5],
  setup: ({ params }) => optionsOf(params.math),
  scoreGroup(group, { params: { preset, unit = preset === "kimi" ? "tokens" : "characters" }, state: options }) {
    const lengths = group.map((sample) => measureLength(sample, unit));
    const shortest = Math.min(...lengths);
    const longest = Math.max(...lengths);
    return group.map(({ completion, columns }, index) => {
      const { correct, reason } = correctnessOf(columns.answer, completion, options);
      if (correct === undefined && preset === "kimi") return { score: null, reason };
      const length = lengths[index] ?? 0;
      const right = correct ?? true;
      const earned = longest === shortest ? 0 : 0.5 - (length - shortest) / (longest - shortest);
      return {
        score: right ? earned : Math.min(0, earned),
        reason: `${reason}; ${lengthInWords(length, unit)}, of ${shortest} to ${longest}`,
        metrics: { correct: right ? 1 : 0, length },
      };
    });
  },
});
