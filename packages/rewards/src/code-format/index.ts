// Whether the answer holds a fenced block of code (Open R1's code_format).
import { defineReward } from "@pavlov/core";
import { z } from "zod";
import { fencedBlocks } from "../fenced-blocks.js";
import { strip } from "../python-text.js";
import { openR1Answer, openR1Problem } from "../think-answer/tags.js";
import { quote } from "../quote.js";

const FENCE = "```";

/** Whether a text has a fence that opens with the language and a later one that closes it. */
function hasBlock(text: string, language: string): boolean {
  const open = text.indexOf(FENCE + language);
  return open >= 0 && text.includes(FENCE, open + FENCE.length + language.length);
}

/** Whether a block of the language, or of any where it is empty, has something in it. */
const hasFilledBlock = (text: string, language: string): boolean =>
  fencedBlocks(text).some((block) => (language === "" || block.language === language) && strip(block.text) !== "");

/**
 * 1 if the completion holds a fenced block of `language` with code in it, else 0. With `answerTags`, thinking and
 * answer must each have their tags on lines of their own, and the block must be in the answer: what
 * `get_code_format_reward` of Open R1 (src/open_r1/rewards.py) asks for, which also takes an empty block.
 */
export const codeFormat = defineReward({
  name: "code-format",
  description: "Whether the completion holds a fenced block of code of a language: 1 or 0.",
  params: z.strictObject({
    language: z
      .string()
      .regex(/^[\w+#.-]*$/, 'a language\'s name as it stands after the fence, as in "python"')
      .default("python")
      .describe("What stands after the opening fence; empty for any language."),
    answerTags: z
      .boolean()
      .default(false)
      .describe("True where the block must stand in <answer>…</answer> after <think>…</think>, as for Open R1."),
  }),
  range: [0, 1],
  score({ completion }, { params: { language, answerTags } }) {
    const named = language === "" ? "fenced block" : `block of ${quote(language)}`;
    const missing = { score: 0, reason: `no closed ${named}` };
    if (!answerTags) {
      return hasFilledBlock(completion, language) ? { score: 1, reason: `a ${named} with code` } : missing;
    }
    const problem = openR1Problem(completion);
    if (problem !== undefined) return { score: 0, reason: problem };
    if (!hasBlock(openR1Answer(completion), language)) return { score: 0, reason: `no closed ${named} in the answer` };
    return { score: 1, reason: `a ${named} in the answer` };
  },
});
