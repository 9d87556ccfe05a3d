// Whether the completion keeps to <think>…</think><answer>…</answer>.
import { defineReward } from "@pavlov/core";
import { z } from "zod";
import { codePointCount, strip } from "../python-text.js";
import { findThinkAnswer, openR1Problem, strictProblem } from "./tags.js";

/** In partial mode, thinking of this many code points or fewer earns half. */
const THIN_THINKING = 20;

/**
 * Format reward for thinking and answer in tags.
 *
 * `strict`: 1 if the completion is one `<think>` block and then one `<answer>` block, neither empty, with only
 * whitespace around them and no tag twice; else 0. `partial`: the blocks may stand anywhere; 1 if the thinking has more
 * than 20 characters and there is an answer, 0.5 if either is thinner, 0 without the blocks. `open-r1`: as
 * `format_reward` of Open R1 (src/open_r1/rewards.py).
 */
export const thinkAnswer = defineReward({
  name: "think-answer",
  description: "How well the completion keeps to <think>…</think><answer>…</answer>.",
  params: z.strictObject({
    mode: z
      .enum(["strict", "partial", "open-r1"])
      .default("strict")
      .describe(
        "strict: 1 if the completion is one filled <think> and one filled <answer> block and nothing else, or 0. " +
          "partial: 1 if both blocks stand anywhere with more than 20 characters of thinking, 0.5 if thinner, or 0. " +
          "open-r1: 1 if each tag has a line of its own, or 0; blocks may be empty, as for Open R1.",
      ),
  }),
  range: [0, 1],
  score({ completion }, { params: { mode } }) {
    if (mode !== "partial") {
      const problem = mode === "strict" ? strictProblem(completion) : openR1Problem(completion);
      const fine =
        mode === "strict" ? "thinking and answer, nothing else" : "thinking and answer, each tag on its line";
      return { score: problem === undefined ? 1 : 0, reason: problem ?? fine };
    }
    const parts = findThinkAnswer(completion);
    if (parts === undefined) return { score: 0, reason: "no <think>…</think> followed by <answer>…</answer>" };
    const thinking = codePointCount(strip(parts.thinking));
    const answered = strip(parts.answer) !== "";
    const full = thinking > THIN_THINKING && answered;
    const characters = `${thinking} character${thinking === 1 ? "" : "s"}`;
    return {
      score: full ? 1 : 0.5,
      reason: `${characters} of thinking, ${answered ? "an answer" : "an empty answer"}`,
    };
  },
});
