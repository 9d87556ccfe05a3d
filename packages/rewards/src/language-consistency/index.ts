// The share of a completion's words that are in the wanted language (DeepSeek-R1, section 2.3.2).
import { defineReward, PavlovError } from "@pavlov/core";
import { z } from "zod";
import { withoutThinking } from "../exact-answer/extract.js";
import { rougeTokens } from "../similarity/tokens.js";
import { type Detector, type Language, languageOf, surelyTold, tellLanguage } from "./language.js";
import { loadDetector } from "./load-detector.js";
import { proseOf } from "./prose.js";
import { stretchesOf } from "./stretches.js";

/** Stretches that are looked at: of a longer text every second, third or so, so that the time stays the same. */
const MOST_STRETCHES = 250;

interface Counted {
  readonly words: number;
  readonly wanted: number;
  /** Words by what else they are in. */
  readonly others: ReadonlyMap<string, number>;
}

/** Words of one letter in another script are variables. */
const isWord = (word: string, letter: RegExp): boolean => /\p{L}/u.test(word) && (word.length > 1 || letter.test(word));

function countWords(text: string, { code, letter, foreign }: Language, detector: Detector): Counted {
  const stretches = stretchesOf(proseOf(text));
  const step = Math.ceil(stretches.length / MOST_STRETCHES);
  const others = new Map<string, number>();
  let all = 0;
  let wanted = 0;
  for (let index = 0; index < stretches.length; index += step) {
    const stretch = stretches[index] ?? "";
    const words = rougeTokens(stretch).filter((word) => isWord(word, letter));
    const native = words.filter((word) => letter.test(word));
    const told = native.length === 0 ? "" : tellLanguage(stretch.replaceAll(foreign, " "), code, detector);
    all += words.length;
    if (told === code) wanted += native.length;
    else others.set(told, (others.get(told) ?? 0) + native.length);
    others.set("script", (others.get("script") ?? 0) + words.length - native.length);
  }
  return { words: all, wanted, others };
}

function mostOf(others: Counted["others"]): string {
  const [most] = [...others].toSorted(([, first], [, second]) => second - first);
  if (most === undefined || most[1] === 0) return "";
  const [name, count] = most;
  return `; ${count} in ${name === "script" ? "another script" : name === "" ? "no known language" : name}`;
}

function partOf(completion: string, part: "completion" | "thinking" | "answer"): string {
  if (part === "completion") return completion;
  const answer = withoutThinking(completion);
  // The thinking is what is before the answer, or, where it never ends, what is after it.
  if (part === "answer") return answer;
  const end = completion.lastIndexOf("</think>");
  return end < 0 ? completion.slice(answer.length) : completion.slice(0, end);
}

/**
 * Words of the wanted language over all words of the completion's prose: code, formulas, tags, addresses and numbers
 * are left out. The language is told for stretches of neighbouring sentences, by eld; words in a script that the
 * language is not written in count against it one by one. Abstains where there are no words, and where the prompt's
 * language cannot be told.
 */
export const languageConsistency = defineReward({
  name: "language-consistency",
  description: "The share of the completion's words that are in the wanted language.",
  columns: z.object({
    language: z
      .string()
      .nullish()
      .describe("The wanted language's code, as of the param. Optional: rows without it take the param's."),
  }),
  params: z.strictObject({
    language: z
      .string()
      .min(2)
      .default("prompt")
      .describe("The wanted language, as a code of ISO 639 such as de or deu; prompt: the language of the prompt."),
    part: z
      .enum(["completion", "thinking", "answer"])
      .default("completion")
      .describe("What is looked at: all of it, the thinking alone (as for DeepSeek-R1), or what comes after it."),
  }),
  readsIfPresent: ["messages", "prompt"],
  range: [0, 1],
  async setup({ params: { language } }): Promise<Detector> {
    const detector = await loadDetector();
    if (language !== "prompt") languageOf(language, detector);
    return detector;
  },
  score(sample, { params, state }) {
    const code = sample.columns.language?.trim() || params.language;
    let asked = code;
    if (code === "prompt") {
      const prompt = sample.messages?.findLast(({ role }) => role === "user")?.content ?? sample.prompt;
      if (prompt === undefined) {
        throw new PavlovError(
          "These completions come without prompts, whose language is wanted: set the param language to a code such as en.",
        );
      }
      const told = surelyTold(proseOf(prompt), state);
      if (told === undefined) return { score: null, reason: "the prompt's language cannot be told" };
      asked = told;
    }
    const language = languageOf(asked, state);
    const { words, wanted, others } = countWords(partOf(sample.completion, params.part), language, state);
    if (words === 0) return { score: null, reason: "no words to tell a language by" };
    return {
      score: wanted / words,
      reason: `${wanted} of ${words} words in ${language.code}${mostOf(others)}`,
      metrics: { words },
    };
  },
});
