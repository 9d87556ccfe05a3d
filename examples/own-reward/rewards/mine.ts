// Two rewards of one's own. A config names them by file: ./rewards/mine.ts#brief
import { defineReward } from "@pavlov/core";
import { z } from "zod";

/** Full marks up to `limit` characters, then less and less, and none from twice as many on. */
export const brief = defineReward({
  name: "brief",
  description: "1 for a completion of at most `limit` characters, falling to 0 at twice as many.",
  params: z.object({ limit: z.int().positive().default(60) }),
  range: [0, 1],
  score({ completion }, { params: { limit } }) {
    const length = [...completion].length;
    const score = Math.min(1, Math.max(0, 2 - length / limit));
    return { score, reason: `${length} characters, ${limit} allowed` };
  },
});

/** Whether each column of the working was done: three of them, separated by semicolons. */
export const threeColumns = defineReward({
  name: "three-columns",
  description: "1 if the thinking works out exactly three columns, else 0.",
  range: [0, 1],
  score({ completion }) {
    const thinking = /<think>(.*?)<\/think>/s.exec(completion)?.[1];
    if (thinking === undefined) return { score: 0, reason: "no <think>…</think>" };
    const columns = thinking.split(";").length;
    return { score: columns === 3 ? 1 : 0, reason: `${columns} columns` };
  },
});
