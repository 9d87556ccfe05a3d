// A penalty that grows as the completion nears its length limit: DAPO's soft overlong punishment.
import { defineReward } from "@pavlov/core";
import { z } from "zod";
import { lengthInWords, lengthUnit, measureLength } from "../length-unit.js";

/**
 * 0 up to `maxCompletionLength - softPunishCache`, from there linearly down to −1 at `maxCompletionLength`, and −1
 * beyond (DAPO, Yu et al., 2025, equation 13). Names and semantics of `get_soft_overlong_punishment` of TRL 1.16
 * (trl/rewards/other_rewards.py); defaults of its command line.
 */
export const softOverlongPunishment = defineReward({
  name: "soft-overlong-punishment",
  description: "A penalty for completions near or beyond a length limit: 0 well below it, -1 at it and beyond.",
  params: z
    .strictObject({
      maxCompletionLength: z.number().int().positive().default(1280).describe("The length that scores -1."),
      softPunishCache: z
        .number()
        .int()
        .nonnegative()
        .default(256)
        .describe("How far below the limit the penalty begins to grow; 0 punishes only what exceeds it."),
      unit: lengthUnit.unwrap().default("tokens").describe("What to count: tokens, words or characters."),
    })
    .refine(({ maxCompletionLength, softPunishCache }) => softPunishCache <= maxCompletionLength, {
      message: "softPunishCache must be at most maxCompletionLength",
      path: ["softPunishCache"],
    }),
  readsIfPresent: ["tokenIds"],
  range: [-1, 0],
  score(sample, { params: { maxCompletionLength, softPunishCache, unit } }) {
    const measured = measureLength(sample, unit);
    const free = maxCompletionLength - softPunishCache;
    const metrics = { length: measured };
    const counted = lengthInWords(measured, unit);
    if (measured <= free) return { score: 0, reason: `${counted}, within ${free}`, metrics };
    if (measured > maxCompletionLength) {
      return { score: -1, reason: `${counted}, more than ${maxCompletionLength}`, metrics };
    }
    return {
      score: (free - measured) / softPunishCache,
      reason: `${counted}, ${measured - free} beyond ${free}`,
      metrics,
    };
  },
});
