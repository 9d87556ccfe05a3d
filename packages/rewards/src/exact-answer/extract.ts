// Finds the final answer in a completion, or in a dataset's worked solution. Every search is one pass over the text.
import { strip } from "../python-text.js";
import { lastNumber } from "./decimal.js";

/** Where an answer may be found, in the order in which the places are tried. */
export const answerSources = ["answer-tag", "boxed", "hashes", "last-number"] as const;

export type AnswerSource = (typeof answerSources)[number];

export interface ExtractedAnswer {
  /** Trimmed; empty where the place is there and holds nothing. */
  readonly text: string;
  readonly source: AnswerSource;
}

/** How a reason names a source. */
export const sourceNames: Readonly<Record<AnswerSource, string>> = {
  "answer-tag": "<answer>",
  boxed: "\\boxed",
  hashes: "####",
  "last-number": "the last number",
};

const finders: Readonly<Record<AnswerSource, (text: string) => string | undefined>> = {
  "answer-tag": lastAnswerTag,
  boxed: lastBoxed,
  hashes: lastHashes,
  "last-number": lastNumber,
};

/**
 * The answer from the first of the sources that is present, empty or not. A `\boxed` inside what was found is unwrapped.
 */
export function extractAnswer(text: string, sources: readonly AnswerSource[]): ExtractedAnswer | undefined {
  for (const source of answerSources) {
    if (!sources.includes(source)) continue;
    const found = finders[source](text);
    if (found !== undefined) return { text: strip(lastBoxed(found) ?? found), source };
  }
  return undefined;
}

/**
 * What is left of a completion without its thinking: the text after the last `</think>`, up to a `<think>` that is
 * never closed. A number that was merely thought of is no answer.
 */
export function withoutThinking(completion: string): string {
  const end = completion.lastIndexOf("</think>");
  const rest = end < 0 ? completion : completion.slice(end + "</think>".length);
  const open = rest.indexOf("<think>");
  return open < 0 ? rest : rest.slice(0, open);
}

/** Inside the last closed `<answer>`. */
function lastAnswerTag(text: string): string | undefined {
  const end = text.lastIndexOf("</answer>");
  if (end < 0) return undefined;
  const start = text.lastIndexOf("<answer>", end);
  // A closing tag too many is no part of the answer.
  return start < 0 ? undefined : text.slice(start + "<answer>".length, text.indexOf("</answer>", start));
}

const BOXED = "\\boxed";

const BRACE = /\s*\{/y;

/** Where what a `\boxed` holds begins, if there is one at `index`. */
function startOfBox(text: string, index: number): number | undefined {
  if (!text.startsWith(BOXED, index)) return undefined;
  BRACE.lastIndex = index + BOXED.length;
  return BRACE.test(text) ? BRACE.lastIndex : undefined;
}

const [ESCAPE, OPEN, CLOSE] = ["\\", "{", "}"].map((character) => character.charCodeAt(0));

/** Inside the last `\boxed{…}` with balanced braces; the innermost where they are nested. */
function lastBoxed(text: string): string | undefined {
  if (!text.includes(BOXED)) return undefined;
  // Of each brace that is open, where its box begins, or -1 where it is none's: no objects, since there may be 50,000.
  const open: number[] = [];
  let [start, end] = [-1, -1];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === ESCAPE) {
      const box = startOfBox(text, index);
      if (box !== undefined) open.push(box);
      index = box === undefined ? index + 1 : box - 1;
    } else if (code === OPEN) {
      open.push(-1);
    } else if (code === CLOSE) {
      const opened = open.pop() ?? -1;
      if (opened > start) [start, end] = [opened, index];
    }
  }
  return start < 0 ? undefined : text.slice(start, end);
}

/** The rest of the line after the last `####`, as GSM8K writes its answers. */
function lastHashes(text: string): string | undefined {
  const start = text.lastIndexOf("####");
  if (start < 0) return undefined;
  const end = text.indexOf("\n", start);
  return text.slice(start + "####".length, end < 0 ? undefined : end);
}
