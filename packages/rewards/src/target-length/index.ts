// The closer to an ideal length the better: −|ideal − length|, as in TRL's first example.
import { defineReward } from "@pavlov/core";
import { z } from "zod";
import { lengthInWords, lengthUnit, measureLength } from "../length-unit.js";

/** Minus the distance between the completion's length and `ideal`, times `scale`. 0 is the best score. */
export const targetLength = defineReward({
  name: "target-length",
  description: "Minus the distance between the completion's length and an ideal length: 0 is the best score.",
  params: z.strictObject({
    ideal: z.number().int().nonnegative().default(20).describe("The length that scores 0, in the unit."),
    unit: lengthUnit,
    scale: z.number().positive().default(1).describe("Points lost for each unit too many or too few."),
  }),
  readsIfPresent: ["tokenIds"],
  range: [null, 0],
  score(sample, { params: { ideal, unit, scale } }) {
    const measured = measureLength(sample, unit);
    const distance = Math.abs(ideal - measured);
    const away = distance === 0 ? "as wanted" : `${distance} too ${measured > ideal ? "many" : "few"}`;
    // 0 minus, because a negated 0 would be -0.
    return {
      score: 0 - distance * scale,
      reason: `${lengthInWords(measured, unit)}, ${away}`,
      metrics: { length: measured },
    };
  },
});
