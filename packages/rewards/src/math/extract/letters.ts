// Finds the letter of a multiple choice.
import type { Candidate } from "./candidate.js";

/** The end of what stands before a line's first letter, and as many characters as are looked at for it. */
const LINE_START = /\n[\s*([]*$/;
const INDENT = 20;

/** All letters that stand alone, and whether they begin a line. */
export function letterSpans(source: string, letters: string): (Candidate & { readonly isFirst: boolean })[] {
  const wanted = letters.replaceAll(/[^A-Za-z0-9]/g, "");
  // An article is no letter, and neither are several that are named together.
  const alone = new RegExp(
    `(?<=^|[\\s(\\[{*:：]|[\\u3000-\\u9fff])(?<!\\b[${wanted}][)\\]]?(?:,|,? (?:or|and)) [([]?)(?![AI] (?!is\\b|as\\b|be|sin|and|or)[a-z])` +
      `[${wanted}](?![)\\]]?(?:,|,? (?:or|and)) [([]?[${wanted}]\\b)(?=\\*{0,2}(?:[.,:;)\\]}\\s*!?]|[\\u3000-\\u9fff]|$))`,
    "g",
  );
  return Array.from(source.matchAll(alone), ({ 0: text, index: start }) => {
    const before = source.slice(Math.max(0, start - INDENT), start);
    const isFirst = LINE_START.test(start < INDENT ? `\n${before}` : before);
    return { place: "letter", start, end: start + 1, parts: [{ text, percent: false }], isFirst };
  });
}
