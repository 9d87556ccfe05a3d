// Whether the completion consists of given elements in tags (verifiers' XMLParser and mlx-lm-lora's r1_count_xml too).
import { defineReward } from "@pavlov/core";
import { z } from "zod";
import { countOfTags, scoreOfVerifiers } from "./peers.js";
import { type Field, findElements } from "./elements.js";

const tagName = z.string().regex(/^[A-Za-z_][\w.-]*$/, "must be a tag's name, such as answer, without < and >");

const field = z.union([tagName, z.array(tagName).min(1)], {
  error: "must be a tag's name, or a list of names of which any will do",
});

const isDistinct = (fields: readonly z.output<typeof field>[]): boolean => {
  const names = fields.flat();
  return new Set(names).size === names.length;
};

const toFields = (fields: readonly z.output<typeof field>[]): readonly Field[] =>
  fields.map((names) => (typeof names === "string" ? [names] : names));

/**
 * Format reward for any elements in tags.
 *
 * `strict`: 1 if the completion is each field once, closed, filled and in order, with only whitespace around them; else
 * 0. `partial`: the share of fields that are so, times 0.5 where anything else stands around them. `verifiers`: as
 * `XMLParser.get_format_reward_func` of verifiers. `mlx-lm-lora`: as `r1_count_xml` there, 0.5 at best.
 */
export const xmlFormat = defineReward({
  name: "xml-format",
  description: "How well the completion keeps to given elements in tags, such as <think>…</think><answer>…</answer>.",
  params: z.strictObject({
    fields: z
      .array(field)
      .min(1)
      .refine(isDistinct, "a field is named twice: name each once")
      .default(["think", "answer"])
      .describe("The elements' names in their order; a list of names in one place means any one of them."),
    preset: z
      .enum(["strict", "partial", "verifiers", "mlx-lm-lora"])
      .default("strict")
      .describe(
        "strict: 1 if each field occurs once, filled, in order, and nothing else does, or 0. " +
          "partial: the share of fields that do, halved where there is text around them. " +
          "verifiers: 0.4 for the share of fields that occur, 0.2 for beginning with the first, 0.2 for ending with " +
          "the last, 0.2 always. mlx-lm-lora: 0.5 over all tags for each that occurs once, less 0.001 for each " +
          "character after the last.",
      ),
  }),
  range: ({ preset }) => [0, preset === "mlx-lm-lora" ? 0.5 : 1],
  score({ completion }, { params }) {
    const fields = toFields(params.fields);
    if (params.preset === "verifiers") return scoreOfVerifiers(completion, fields);
    if (params.preset === "mlx-lm-lora") return countOfTags(completion, fields);
    const { right, problem, isBare } = findElements(completion, fields);
    const count = `${right} of ${fields.length} fields`;
    if (problem === undefined) {
      if (isBare) return { score: 1, reason: `${count}, in order, and nothing else` };
      return { score: params.preset === "strict" ? 0 : 0.5, reason: `${count}, but there is text around them` };
    }
    const share = (right / fields.length) * (isBare ? 1 : 0.5);
    return { score: params.preset === "strict" ? 0 : share, reason: `${count}; ${problem}` };
  },
});
