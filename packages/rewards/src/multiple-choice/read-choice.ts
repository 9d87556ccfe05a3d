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

/** "answer" with what may stand before the letter: is, a colon, brackets, bold. Tried at each "answer", last first. */
const AFTER_ANSWER =
  /^(?:is\b|would be\b|option\b|choice\b|[\s:*_$])*(?:\\(?:text|textbf|boxed|mathrm)\{)*(\(?)([A-Za-z])(?![\p{L}\p{N}'’])/u;

/** "answer"s that are looked at, from the end. */
const MOST_ANSWERS = 20;

function letterAfterAnswer(text: string): string | undefined {
  const places = [...text.matchAll(/\banswer\b/gi)].map(({ index }) => index + "answer".length);
  for (const place of places.slice(-MOST_ANSWERS).toReversed()) {
    const [, bracket = "", letter = ""] = AFTER_ANSWER.exec(text.slice(place, place + 60)) ?? [];
    // A small letter without brackets is a word: "the answer is a matter of taste".
    if (letter !== "" && (bracket !== "" || letter === letter.toUpperCase())) return letter.toUpperCase();
  }
  return undefined;
}

const lastLine = (text: string): string => {
  const trimmed = strip(text);
  return trimmed.slice(trimmed.lastIndexOf("\n") + 1);
};

/**
 * The choice that a completion without its thinking decides for: in the last `<answer>`, the last `\boxed` or after the
 * last `####`; else the letter after the last "answer is"; else a last line that is a letter or a choice alone.
 * Undefined where none of these is there.
 */
export function readChoice(text: string, choices: Choices): FoundChoice | undefined {
  const marked = extractAnswer(text, ["answer-tag", "boxed", "hashes"]);
  if (marked) return { letter: letterOf(marked.text, choices), text: marked.text, place: "the marked answer" };
  const named = letterAfterAnswer(text);
  if (named !== undefined) {
    const known = choices.size === 0 || choices.has(named);
    return { letter: known ? named : null, text: named, place: '"answer"' };
  }
  const line = lastLine(text);
  const letter = letterOf(line, choices);
  return letter === null ? undefined : { letter, text: line, place: "the last line" };
}
