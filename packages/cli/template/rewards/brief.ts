// A reward of your own: what it reads, its settings and its range are checked wherever it is used.
import { defineReward } from "@pavlov/core";
import { z } from "zod";

export const brief = defineReward({
  name: "brief",
  description: "1 for a completion of at most `limit` characters, falling to 0 at twice as many.",
  params: z.object({
    limit: z.int().positive().default(120).describe("Characters that earn full marks."),
  }),
  range: [0, 1],
  score({ completion }, { params: { limit } }) {
    const length = [...completion].length;
    const score = Math.min(1, Math.max(0, 2 - length / limit));
    return { score, reason: `${length} characters, ${limit} allowed` };
  },
});
