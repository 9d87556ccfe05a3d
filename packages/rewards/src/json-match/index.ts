// How much of the right JSON the completion's JSON agrees with, field by field.
import { defineReward } from "@pavlov/core";
import { z } from "zod";
import { withoutThinking } from "../exact-answer/extract.js";
import { findJson } from "../json-text.js";
import { commonLeaves } from "./leaves.js";

/** The right value: text that is JSON stands for what it says, other text for itself. */
function readGold(column: unknown): unknown {
  if (typeof column !== "string") return column;
  try {
    return JSON.parse(column) as unknown;
  } catch {
    return column;
  }
}

/**
 * Compares the JSON that the completion ends with (after its thinking) with the column `answer`. `fields`: F1 of the
 * two values' leaves, so that fields that are missing, wrong or made up all cost; `exact`: 1 if all agree, else 0.
 * Abstains where the column is empty.
 */
export const jsonMatch = defineReward({
  name: "json-match",
  description: "How far the completion's JSON agrees with the dataset's, field by field, or exactly.",
  columns: z.object({
    answer: z.unknown().describe("The right value, or its JSON as text. Empty abstains."),
  }),
  params: z.strictObject({
    score: z
      .enum(["fields", "exact"])
      .default("fields")
      .describe("fields: the F1 score of all fields. exact: 1 if all agree and there are no others, else 0."),
    ordered: z.boolean().default(true).describe("Whether the order of lists matters."),
    caseSensitive: z.boolean().default(true).describe("Whether texts must agree in upper and lower case."),
    tolerance: z.number().min(0).max(1).default(0).describe("How far numbers may be off, as a share of the right one."),
  }),
  range: [0, 1],
  score({ completion, columns }, { params }) {
    const gold = readGold(columns.answer);
    if (gold === undefined || gold === null || gold === "") {
      return { score: null, reason: "the dataset's answer is empty" };
    }
    const found = findJson(withoutThinking(completion));
    if (found === undefined) return { score: 0, reason: "no JSON" };
    const { wanted, given, common } = commonLeaves(gold, found.value, params);
    const all = common === wanted && common === given;
    const f1 = (2 * common) / (wanted + given);
    return {
      score: params.score === "fields" ? f1 : all ? 1 : 0,
      reason: `${common} of ${wanted} fields right, ${given} given`,
      metrics: { recall: common / wanted, precision: common / given },
    };
  },
});
