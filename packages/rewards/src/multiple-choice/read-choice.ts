// Reads which choice a completion decides for. Every search is one pass, or looks at a short stretch of the text.
import { extractAnswer } from "../exact-answer/extract.js";
import { strip } from "../python-text.js";

/** Where a choice was found. */
export interface FoundChoice {
  /** Null where the place is there and names no single choice. */
  readonly letter: string | null;
  /** What was read. */
  readonly text: string;
  readonly place: string;
}

/** Texts of the choices by their letters; empty where the dataset has none. */
export type Choices = ReadonlyMap<string, string>;

/** A letter that stands alone, perhaps in brackets or bold, and what may follow it: "B", "(b)", "**B**.", "B) Paris". */
const LETTER =
  /^(?:option |choice )?[*_$\s]*(?:\\(?:text|textbf|mathrm|mathbf)\{)?[([]?([A-Za-z])([)\]}.:,*_$\s]*)(.*)$/s;

/** Longer than any answer that names a choice by its letter or its text. */
const LONGEST = 2000;

const comparable = (text: string): string => strip(text).toLowerCase().replaceAll(/\s+/g, " ").replace(/[.]$/, "");

/** The letter that a short text names, by itself or by the choice's text; null where it names none, or several. */
export function letterOf(text: string, choices: Choices): string | null {
  const trimmed = strip(text);
  if (trimmed === "" || trimmed.length > LONGEST) return null;
  const wanted = comparable(trimmed);
  for (const [letter, choice] of choices) if (comparable(choice) === wanted) return letter;
  const [, letter = "", after = "", rest = ""] = LETTER.exec(trimmed) ?? [];
  const upper = letter.toUpperCase();
  if (upper === "" || (choices.size > 0 && !choices.has(upper))) return null;
  if (rest === "") return upper;
  // More follows: it must be set off as in "B) Paris", and be that choice where the choices are known.
  if (!/[)\].:*]/.test(after)) return null;
  if (choices.size > 0) return comparable(rest) === comparable(choices.get(upper) ?? "") ? upper : null;
  return /[([*\s]([A-Z])[)\].:*,]/.test(` ${rest} `) ? null : upper;
}

/** What may stand between "answer" and the choice: is, a colon, bold, quotes. */
const BEFORE_CHOICE = /^(?:is\b|would be\b|option\b|choice\b|[\s:*_$"“'‘`])*/;

/** A letter by itself, perhaps in brackets. */
const LETTER_ALONE = /^(?:\\(?:text|textbf|boxed|mathrm)\{)*(\(?)([A-Za-z])(?![\p{L}\p{N}'’])/u;

/** Closing marks, then the end of the clause or a word that gives a reason: here the choice is over. */
const CHOICE_ENDS =
  /^[*_$"”'’`)\]}]*(?:$|\s*\n|\s*[.!?](?!\d)|\s*[,;:(](?!\d)|\s*[-–—]+\s|\s+(?:because|since|as|for|which|so|but|and|or|due|if|not|is|with|given|\()(?![\p{L}\p{N}]))/u;

/** The same for "I", which is a word before most of them. */
const WORD_ENDS = /^[*_$"”'’`)\]}]*(?:$|\s*\n|\s*[.;](?!\d)|\s+(?:because|since)\b)/;

/** Another choice beside the first: "A or B", "A, B". */
const BESIDE = /^[*_$"”'’`)\]}\s]*(?:,|\/|&|\bor\b|\band\b)+[*_$"“'‘`([\s]*/;

/** "answer"s that are looked at, from the end. */
const MOST_ANSWERS = 20;

const withoutArticle = (text: string): string => text.replace(/^(?:the|an?) /, "");

/** The choice that a text begins with, spelt out, and what follows it. The longest is meant where several fit. */
function spelledOut(text: string, choices: Choices): { letter: string; text: string; rest: string } | undefined {
  const wanted = withoutArticle(text.toLowerCase().replaceAll(/[^\S\n]+/g, " "));
  let found: { letter: string; text: string; rest: string } | undefined;
  for (const [letter, choice] of choices) {
    const name = withoutArticle(comparable(choice));
    // A choice that is called as another's letter: the letter is meant.
    const isLetter = name.length === 1 && choices.has(name.toUpperCase());
    if (name === "" || isLetter || !wanted.startsWith(name) || name.length <= (found?.text.length ?? 0)) continue;
    const rest = wanted.slice(name.length);
    if (CHOICE_ENDS.test(rest)) found = { letter, text: name, rest };
  }
  return found;
}

/** The letter that a text begins with, and what follows it. A letter that is a word of a sentence is none. */
function letterAtStart(text: string): { letter: string; text: string; rest: string } | undefined {
  const [matched = "", bracket = "", letter = ""] = LETTER_ALONE.exec(text) ?? [];
  // A small letter without brackets is a word: "the answer is a matter of taste".
  if (letter === "" || (bracket === "" && letter !== letter.toUpperCase())) return undefined;
  const rest = text.slice(matched.length);
  // Only of a sentence's word is the next one set off by nothing but a space, or after "I" by a comma.
  const isWord =
    letter === "I"
      ? /^[\s,]/.test(rest) && !WORD_ENDS.test(rest)
      : letter === "A" && /^\s/.test(rest) && !CHOICE_ENDS.test(rest);
  return bracket === "" && isWord ? undefined : { letter: letter.toUpperCase(), text: letter.toUpperCase(), rest };
}

/** The choice after the last "answer" that one follows. */
function choiceAfterAnswer(text: string, choices: Choices): FoundChoice | undefined {
  const longest = Math.max(0, ...[...choices.values()].map((choice) => choice.length));
  const window = 60 + Math.min(LONGEST, 2 * longest);
  const places = [...text.matchAll(/\banswer\b/gi)].map(({ index }) => index + "answer".length);
  for (const place of places.slice(-MOST_ANSWERS).toReversed()) {
    const after = text.slice(place, place + window);
    const told = after.slice(BEFORE_CHOICE.exec(after)?.[0].length ?? 0);
    const found = spelledOut(told, choices) ?? letterAtStart(told);
    if (found === undefined) continue;
    const next = found.rest.slice(BESIDE.exec(found.rest)?.[0].length ?? found.rest.length);
    const beside = (spelledOut(next, choices) ?? letterAtStart(next))?.letter ?? found.letter;
    const single = beside === found.letter && (choices.size === 0 || choices.has(found.letter));
    return { letter: single ? found.letter : null, text: found.text, place: '"answer"' };
  }
  return undefined;
}

const lastLine = (text: string): string => {
  const trimmed = strip(text);
  return trimmed.slice(trimmed.lastIndexOf("\n") + 1);
};

/**
 * The choice that a completion without its thinking decides for: in the last `<answer>`, the last `\boxed` or after the
 * last `####`; else the letter or the choice after the last "answer is"; else a last line that is a letter or a choice alone.
 * Undefined where none of these is there.
 */
export function readChoice(text: string, choices: Choices): FoundChoice | undefined {
  const marked = extractAnswer(text, ["answer-tag", "boxed", "hashes"]);
  if (marked) return { letter: letterOf(marked.text, choices), text: marked.text, place: "the marked answer" };
  const named = choiceAfterAnswer(text, choices);
  if (named !== undefined) return named;
  const line = lastLine(text);
  const letter = letterOf(line, choices);
  return letter === null ? undefined : { letter, text: line, place: "the last line" };
}
