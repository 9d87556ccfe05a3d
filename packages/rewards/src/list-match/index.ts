// How far a list in the completion agrees with the dataset's: F1, Jaccard index or equality, in any order or in order.
import { defineReward } from "@pavlov/core";
import { z } from "zod";
import { canonicalDecimal } from "../exact-answer/decimal.js";
import { extractAnswer, sourceNames, withoutThinking } from "../exact-answer/extract.js";
import { quote } from "../quote.js";
import { commonInOrder } from "../common-in-order.js";
import { Numbering } from "../numbering.js";
import { readList } from "./read-list.js";

/** Longer items are compared as they are: normalising what has thousands of accents takes quadratic time. */
const LONGEST_ITEM = 300;

/** Items of a completion that are looked at, or twice as many as are wanted; those beyond are not wanted. */
const MOST_ITEMS = 4000;

/** Items that are compared in order at most: comparing takes the product of both lists' lengths. */
const MOST_IN_ORDER = 2000;

/** Quotes and emphasis around an item, and a full stop after it. */
const AROUND = new Set("\"'`*_“”‘’«»");

/** Without quotes, emphasis and a final full stop. */
function bare(item: string): string {
  let start = 0;
  let end = item.length;
  while (start < end && AROUND.has(item.charAt(start))) start++;
  const isEnd = (character: string) => AROUND.has(character) || character === ".";
  while (end > start && isEnd(item.charAt(end - 1))) end--;
  return item.slice(start, end);
}

/** One form for items that say the same: numbers as numbers, other text without what stands around it. */
function comparable(item: string, caseSensitive: boolean): string {
  if (item.length > LONGEST_ITEM) return item;
  const text = bare(item);
  const number = canonicalDecimal(text);
  if (number !== undefined) return number;
  const normal = text.replaceAll(/\s+/g, " ").normalize("NFC");
  return caseSensitive ? normal : normal.toLowerCase();
}

/** How many items both have, each as often as both have it; in order, the longest sequence that both have. */
function commonOf(given: Int32Array, wanted: Int32Array, ordered: boolean): number {
  if (ordered) {
    const known = given.filter((number) => number >= 0);
    return commonInOrder(known.subarray(0, MOST_IN_ORDER), wanted.subarray(0, MOST_IN_ORDER));
  }
  const left = new Int32Array(wanted.length);
  for (const number of wanted) left[number] = (left[number] as number) + 1;
  let common = 0;
  for (const number of given) {
    const rest = left[number] ?? 0;
    if (rest === 0) continue;
    left[number] = rest - 1;
    common += 1;
  }
  return common;
}

function scoreOf(common: number, given: number, wanted: number, score: "f1" | "jaccard" | "exact"): number {
  if (common === given && common === wanted) return 1;
  if (score === "exact") return 0;
  return score === "f1" ? (2 * common) / (given + wanted) : common / (given + wanted - common);
}

const item = z.union([z.string(), z.number(), z.boolean()]).transform(String);

/**
 * Compares the list that the completion ends with (in `<answer>`, `\boxed`, after `####`, or after the thinking) with
 * the column `answer`. An item counts as often as it occurs, and items that are not wanted cost: naming everything
 * does not pay. Abstains where the column holds no text.
 */
export const listMatch = defineReward({
  name: "list-match",
  description: "How far the list in the completion agrees with the dataset's: F1, Jaccard index or equality.",
  columns: z.object({
    answer: z
      .union([z.array(item), z.string()])
      .nullable()
      .describe(
        "The right list, or a text of it: JSON, lines, or items set off by commas. Empty text abstains; an empty " +
          "list is the right answer where nothing is.",
      ),
  }),
  params: z.strictObject({
    score: z
      .enum(["f1", "jaccard", "exact"])
      .default("f1")
      .describe("f1: of precision and recall. jaccard: common items over all different ones. exact: 1 or 0."),
    ordered: z.boolean().default(false).describe("Whether items count only where they follow in the same order."),
    caseSensitive: z.boolean().default(false).describe("Whether capitals matter."),
    separator: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe("What sets items off, in the completion and the column; null takes what each of them uses."),
  }),
  range: [0, 1],
  score({ completion, columns: { answer } }, { params: { score, ordered, caseSensitive, separator } }) {
    if (answer === null || (typeof answer === "string" && answer.trim() === "")) {
      return { score: null, reason: "the dataset's list is empty text" };
    }
    const gold = Array.isArray(answer) ? answer : readList(answer, { separator, inProse: false }).items;
    const rest = withoutThinking(completion);
    const marked = extractAnswer(rest, ["answer-tag", "boxed", "hashes"]);
    if (marked === undefined && rest.trim() === "") return { score: 0, reason: "no list" };
    const limit = Math.max(MOST_ITEMS, 2 * gold.length);
    const { items, count } = readList(marked?.text ?? rest, { separator, inProse: marked === undefined, limit });
    const names = new Numbering<string>();
    const wanted = Int32Array.from(gold, (each) => names.of(comparable(each, caseSensitive)));
    const given = Int32Array.from(items, (each) => names.find(comparable(each, caseSensitive)));
    const common = commonOf(given, wanted, ordered);
    const unwanted = given.indexOf(-1);
    const example = unwanted < 0 ? "" : `, such as ${quote(items[unwanted] ?? "")}`;
    const place = marked === undefined ? "" : ` in ${sourceNames[marked.source]}`;
    return {
      score: scoreOf(common, count, wanted.length, score),
      reason:
        `${common} of ${wanted.length} wanted items; ` +
        `${count - common} of ${count} given${place} not wanted${example}`,
      metrics: {
        precision: count === 0 ? 0 : common / count,
        recall: wanted.length === 0 ? 0 : common / wanted.length,
      },
    };
  },
});
