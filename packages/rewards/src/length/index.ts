// Longer is better: the simplest reward there is, and the first one of most courses.
import { defineReward } from "@pavlov/core";
import { z } from "zod";
import { lengthInWords, lengthUnit, measureLength } from "../length-unit.js";

/** The completion's length times `scale`, counted up to `max`. */
export const length = defineReward({
  name: "length",
  description: "The completion's length in characters, words or tokens: longer is better.",
  params: z.strictObject({
    unit: lengthUnit,
    max: z
      .number()
      .int()
      .positive()
      .nullable()
      .default(null)
      .describe("The length from which more earns nothing; null for no limit."),
    scale: z.number().positive().default(1).describe("Points for each unit of length."),
  }),
  readsIfPresent: ["tokenIds"],
  range: ({ max, scale }) => [0, max === null ? null : max * scale],
  score(sample, { params: { unit, max, scale } }) {
    const measured = measureLength(sample, unit);
    const counted = max === null ? measured : Math.min(measured, max);
    const reason = lengthInWords(measured, unit) + (counted < measured ? `, counted as ${counted}` : "");
    return { score: counted * scale, reason, metrics: { length: measured } };
  },
});
