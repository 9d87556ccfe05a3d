// Whether the completion thinks between tags first, and only once: TRL's think_format_reward.
import { defineReward } from "@pavlov/core";
import { z } from "zod";
import { codePointCount, strip } from "../python-text.js";

/** What keeps the text from being thinking and then the rest; the thinking where nothing does. */
function readThinking(
  text: string,
  { tag, opened }: { readonly tag: string; readonly opened: boolean },
): { readonly problem: string } | { readonly thinking: string } {
  const [open, close] = [`<${tag}>`, `</${tag}>`];
  const starts = text.startsWith(open);
  if (!starts && !opened) {
    return { problem: text.includes(open) ? `there is something before ${open}` : `${open} is missing` };
  }
  const start = starts ? open.length : 0;
  if (text.includes(open, start)) return { problem: `${open} occurs ${starts ? "more than once" : "within the text"}` };
  const end = text.indexOf(close, start);
  return end < 0 ? { problem: `${close} is missing` } : { thinking: text.slice(start, end) };
}

/**
 * 1 if the completion begins with `<think>`, closes it, and opens no other anywhere; else 0. Nothing may stand before
 * the tag; anything may follow. With the default params it scores as `think_format_reward` of TRL 1.16
 * (trl/rewards/format_rewards.py), which gives 1 for empty thinking too: `minLength: 1` does not.
 */
export const thinkFormat = defineReward({
  name: "think-format",
  description: "Whether the completion begins with one closed <think> block: 1 or 0.",
  params: z.strictObject({
    tag: z
      .string()
      .regex(/^[\w-]+$/, 'the tag\'s name alone, as in "think"')
      .default("think")
      .describe("The tag's name, without brackets."),
    minLength: z
      .number()
      .int()
      .nonnegative()
      .default(0)
      .describe("Least characters of thinking, whitespace around it left out."),
    opened: z
      .boolean()
      .default(false)
      .describe("True where the prompt ends with the opening tag, so that completions may begin after it."),
  }),
  range: [0, 1],
  score({ completion }, { params }) {
    const found = readThinking(completion, params);
    if ("problem" in found) return { score: 0, reason: found.problem };
    const length = codePointCount(strip(found.thinking));
    const characters = `${length} character${length === 1 ? "" : "s"} of thinking`;
    if (length < params.minLength) return { score: 0, reason: `${characters}, fewer than ${params.minLength}` };
    return { score: 1, reason: characters, metrics: { thinking_length: length } };
  },
});
