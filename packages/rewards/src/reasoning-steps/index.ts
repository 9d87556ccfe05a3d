// Whether the completion reasons in marked steps: "Step 1:", numbered lines, bullets, "First," (after Open R1).
import { defineReward } from "@pavlov/core";
import { z } from "zod";

/** Ways of finding the steps' marks; each match is a step. Every pattern is linear: no part of it can repeat two ways. */
const PATTERNS = {
  // A mark counts where something follows it on its line, so that a list of empty bullets is no reasoning.
  lines:
    /^[^\S\n]*(?:step \p{Nd}+[:.]|\p{Nd}+[.)](?=\s)|[-*•](?=\s))[^\S\n]*[^\s]|\b(?:first(?:ly)?|second(?:ly)?|third(?:ly)?|next|then|finally),/gimu,
  // Without the m flag: a number counts at the very beginning alone, and a bullet on the first line does not.
  "open-r1": /Step \p{Nd}+:|^\p{Nd}+\.|\n-|\n\*|First,|Second,|Next,|Finally,/gu,
} as const;

/**
 * Marks of steps over `steps`, at most 1. Preset `open-r1` scores as `reasoning_steps_reward` of Open R1
 * (src/open_r1/rewards.py), which misses numbered lines after the first and counts empty bullets.
 */
export const reasoningSteps = defineReward({
  name: "reasoning-steps",
  description: "How many marked steps the completion has (Step 1:, 1., bullets, First,), up to a number that earns 1.",
  params: z.strictObject({
    steps: z.number().int().positive().default(3).describe("Marked steps that earn 1; each earns its share."),
    preset: z
      .enum(["lines", "open-r1"])
      .default("lines")
      .describe(
        "lines: numbered lines and bullets with something after them, and words such as First, and Finally, count. " +
          "open-r1: exactly what Open R1 counts.",
      ),
  }),
  range: [0, 1],
  score({ completion }, { params: { steps, preset } }) {
    let found = 0;
    for (const _ of completion.matchAll(PATTERNS[preset])) found++;
    return {
      score: Math.min(1, found / steps),
      reason: `${found} marked step${found === 1 ? "" : "s"}`,
      metrics: { steps: found },
    };
  },
});
