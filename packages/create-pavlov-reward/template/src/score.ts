/** A reward to start from: replace what it measures by what a model is to learn. */
import { defineReward } from "@pavlov/core";
import { z } from "zod";

export const score = defineReward({
  name: "score",
  description: "1 if the completion's last line is the dataset's answer, less a penalty where it is long; else 0.",
  columns: z.object({
    answer: z.string().describe("What the last line must say. Where it is empty, no score is given."),
  }),
  params: z.object({
    caseSensitive: z.boolean().default(false).describe("Whether capitals count."),
    maxWords: z.int().min(1).default(200).describe("Words that a completion may have."),
    penalty: z.number().min(0).max(1).default(0.5).describe("What a right completion loses that has more words."),
  }),
  range: [0, 1],
  score({ completion, columns }, { params }) {
    const plain = (text: string): string => (params.caseSensitive ? text : text.toLowerCase()).trim();
    // Null abstains: the row counts neither for nor against the completion.
    if (columns.answer.trim() === "") return { score: null, reason: "the row has no answer" };
    const text = completion.trimEnd();
    const lastLine = text.slice(text.lastIndexOf("\n") + 1);
    const words = text.split(/\s+/).filter((word) => word !== "").length;
    const metrics = { words };
    if (plain(lastLine) !== plain(columns.answer))
      return { score: 0, reason: "the last line is not the answer", metrics };
    if (words <= params.maxWords) return { score: 1, reason: "the last line is the answer", metrics };
    return { score: 1 - params.penalty, reason: `right, and ${words} words long`, metrics };
  },
});
