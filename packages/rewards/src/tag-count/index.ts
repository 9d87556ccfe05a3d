// The share of expected tags that occur exactly once: a format reward that grows with each tag (Open R1's tag_count).
import { defineReward } from "@pavlov/core";
import { z } from "zod";
import { quote } from "../quote.js";

/** Open R1's: each tag with the line breaks that its format asks for. */
const TAGS = ["<think>\n", "\n</think>\n", "\n<answer>\n", "\n</answer>"];

/** Whether a text occurs exactly once; overlapping occurrences count once, as for Python's `str.count`. */
function occursOnce(text: string, tag: string): boolean {
  const first = text.indexOf(tag);
  return first >= 0 && !text.includes(tag, first + tag.length);
}

/**
 * The number of `tags` that occur exactly once, over the number of tags. With the default tags it scores as
 * `tag_count_reward` of Open R1 (src/open_r1/rewards.py): a quarter for each of four.
 */
export const tagCount = defineReward({
  name: "tag-count",
  description: "The share of expected tags that occur exactly once in the completion.",
  params: z.strictObject({
    tags: z
      .array(z.string().min(1))
      .min(1)
      .default(TAGS)
      .describe("Texts that are to occur exactly once, line breaks around tags included."),
  }),
  range: [0, 1],
  score({ completion }, { params: { tags } }) {
    const wrong = tags.filter((tag) => !occursOnce(completion, tag));
    const score = (tags.length - wrong.length) / tags.length;
    const [first] = wrong;
    if (first === undefined) return { score, reason: `each of ${tags.length} tags once` };
    const count = completion.includes(first) ? "more than once" : "not there";
    return { score, reason: `${tags.length - wrong.length} of ${tags.length} tags once; ${quote(first)} is ${count}` };
  },
});
