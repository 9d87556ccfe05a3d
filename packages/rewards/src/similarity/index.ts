// How alike the completion's answer and a reference text are: edit distance, ROUGE or BLEU.
import { defineReward } from "@pavlov/core";
import { distance } from "fastest-levenshtein";
import { z } from "zod";
import { extractAnswer, withoutThinking } from "../exact-answer/extract.js";
import { Numbering } from "../numbering.js";
import { strip } from "../python-text.js";
import { quote } from "../quote.js";
import { bleu, numberTokens, type Overlap, rougeL, rougeN, type Tokens } from "./overlap.js";
import { bleuTokenParts, rougeTokenParts } from "./tokens.js";

const metricNames = ["edit-distance", "rouge-1", "rouge-2", "rouge-l", "bleu"] as const;

type Metric = (typeof metricNames)[number];

/** Comparing two texts of this length takes some 40 ms. */
const LONGEST = 10_000;

/** How alike two texts are, and whether they were too long to be compared whole. */
interface Compared extends Partial<Overlap> {
  readonly score: number;
  readonly cut: boolean;
}

/** What is beyond the limit counts as different: the score is never above that of the whole texts. */
function compareCharacters(given: string, wanted: string, limit: number): Compared {
  const [start, reference] = [given.slice(0, limit), wanted.slice(0, limit)];
  const beyond = Math.max(given.length - start.length, wanted.length - reference.length);
  const longer = Math.max(given.length, wanted.length);
  return { score: Math.max(0, 1 - (distance(start, reference) + beyond) / longer), cut: beyond > 0 };
}

function compareTokens(given: Tokens, wanted: Tokens, metric: Metric): Compared {
  const cut = [given, wanted].some(({ numbers, count }) => count > numbers.length);
  if (metric === "bleu") return { score: bleu(given, wanted), cut };
  if (metric === "rouge-l") return { ...rougeL(given, wanted), cut };
  return { ...rougeN(given, wanted, metric === "rouge-1" ? 1 : 2), cut };
}

/** Compares the given text with each reference. */
function compare(given: string, references: readonly string[], metric: Metric, limit: number): Compared[] {
  if (metric === "edit-distance") return references.map((wanted) => compareCharacters(given, wanted, limit));
  const partsOf = metric === "bleu" ? bleuTokenParts : rougeTokenParts;
  const known = new Numbering<string>();
  const wanted = references.map((text) => numberTokens(partsOf(text), limit, (token) => known.of(token)));
  const tokens = numberTokens(partsOf(given), limit, (token) => known.find(token));
  return wanted.map((each) => compareTokens(tokens, each, metric));
}

/** ROUGE knows no capitals, as in rouge-score; BLEU and edit distance do, as in sacrebleu and everywhere. */
const knowsCapitals = (metric: Metric): boolean => metric === "bleu" || metric === "edit-distance";

/**
 * Compares the completion's answer (inside the last `<answer>`, or all after the thinking where there is none) with the
 * column `answer`, from 0 to 1. `edit-distance`: 1 − Levenshtein distance over the longer length, in UTF-16 code units.
 * `rouge-…`: F1 as in rouge-score without stemming. `bleu`: as sacrebleu's `sentence_bleu` over 100.
 */
export const similarity = defineReward({
  name: "similarity",
  description: "How alike the completion's answer and the dataset's text are, by edit distance, ROUGE or BLEU.",
  columns: z.object({
    answer: z
      .union([z.string(), z.array(z.string())])
      .nullable()
      .describe("The reference text, or several, of which the one that is most alike counts. Empty abstains."),
  }),
  params: z.strictObject({
    metric: z
      .enum(metricNames)
      .default("rouge-l")
      .describe(
        "edit-distance: characters that need not be changed. rouge-1, rouge-2: common words, or pairs of them. " +
          "rouge-l: the longest common sequence of words. bleu: common sequences of one to four words.",
      ),
    caseSensitive: z
      .boolean()
      .nullable()
      .default(null)
      .describe("Whether capitals matter; null: for edit-distance and bleu, and not for rouge."),
    part: z
      .enum(["answer", "completion"])
      .default("answer")
      .describe("answer: what the last <answer> holds, else all after the thinking. completion: all of it."),
    maxLength: z
      .number()
      .int()
      .positive()
      .max(LONGEST)
      .default(4000)
      .describe(
        "How much of a text is compared: characters of edit-distance, words of the others. What is beyond counts as " +
          "different. Time grows with its square.",
      ),
  }),
  range: [0, 1],
  score({ completion, columns }, { params: { metric, caseSensitive, part, maxLength } }) {
    const references = [columns.answer ?? []].flat().filter((text) => strip(text) !== "");
    if (references.length === 0) return { score: null, reason: "the dataset's answer is empty" };
    const rest = withoutThinking(completion);
    const answer = part === "completion" ? completion : (extractAnswer(rest, ["answer-tag"])?.text ?? rest);
    if (strip(answer) === "") return { score: 0, reason: "nothing to compare" };
    const fold = (text: string): string => ((caseSensitive ?? knowsCapitals(metric)) ? text : text.toLowerCase());
    const compared = compare(
      fold(strip(answer)),
      references.map((reference) => fold(strip(reference))),
      metric,
      maxLength,
    );
    const most = Math.max(...compared.map((each) => each.score));
    const best = compared.findIndex((each) => each.score === most);
    const { score, precision, recall, cut } = compared[best] as Compared;
    const parts = precision === undefined ? "" : `, precision ${precision.toFixed(2)}, recall ${recall?.toFixed(2)}`;
    const unit = metric === "edit-distance" ? "characters" : "words";
    return {
      score,
      reason:
        `${metric} ${score.toFixed(2)}${parts}, against ${quote(references[best] ?? "")}` +
        (cut ? `; only ${maxLength} ${unit} were compared` : ""),
      ...(precision !== undefined && recall !== undefined && { metrics: { precision, recall } }),
    };
  },
});
