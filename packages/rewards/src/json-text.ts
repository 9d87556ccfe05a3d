// Finds JSON in a completion: as its whole text, in a fenced block, or between brackets in prose.
import { fencedBlocks } from "./fenced-blocks.js";

/** A value, and the text it was read from. */
export interface FoundJson {
  readonly value: unknown;
  readonly text: string;
}

/** Texts that are tried at most: each costs one reading of it. */
const MOST_TRIES = 20;

/** Brackets within each other at most. */
const DEEPEST = 10_000;

/** By their codes, since every character as a text of its own takes time. */
const [ESCAPE, QUOTE, BRACE, BRACKET, CLOSING_BRACE, CLOSING_BRACKET] = ["\\", '"', "{", "[", "}", "]"].map(
  (character) => character.charCodeAt(0),
);

const isOpening = (code: number): boolean => code === BRACE || code === BRACKET;

const isClosing = (code: number): boolean => code === CLOSING_BRACE || code === CLOSING_BRACKET;

/** Whether brackets outside of quotes are nested deeper than any JSON that is meant: reading such takes megabytes. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (quoted && code === ESCAPE) index += 1;
    else if (code === QUOTE) quoted = !quoted;
    else if (quoted) continue;
    else if (isOpening(code)) depth += 1;
    else if (isClosing(code)) depth -= 1;
    if (depth > DEEPEST) return true;
  }
  return false;
}

function parse(text: string): FoundJson | undefined {
  if (isTooDeep(text)) return undefined;
  try {
    return { value: JSON.parse(text) as unknown, text };
  } catch {
    return undefined;
  }
}

/**
 * Stretches from an opening bracket to the one that closes it, first to last, none inside another, and of many the last.
 * Brackets within quotes do not count; where brackets do not fit each other, what was open is given up.
 */
function bracketed(text: string): string[] {
  const found: string[] = [];
  // The brackets that are open, as bytes: a list of 100,000 takes megabytes.
  const open = new Uint8Array(text.length);
  let depth = 0;
  let start = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (quoted) {
      if (code === ESCAPE) index += 1;
      else if (code === QUOTE) quoted = false;
    } else if (code === QUOTE) {
      // Quotes of prose are no JSON's.
      quoted = depth > 0;
    } else if (isOpening(code)) {
      if (depth === 0) start = index;
      open[depth] = code;
      depth++;
    } else if (isClosing(code) && depth > 0) {
      depth--;
      if (open[depth] !== (code === CLOSING_BRACE ? BRACE : BRACKET)) depth = 0;
      else if (depth === 0) {
        found.push(text.slice(start, index + 1));
        if (found.length > MOST_TRIES) found.shift();
      }
    }
  }
  return found;
}

/**
 * The JSON that a completion ends with: its whole text, else the last fenced block that is JSON, else the last
 * bracketed stretch that is. Numbers and words in prose are not taken for JSON, nor is what is nested deeper than 10,000.
 * Linear in the text's length.
 */
export function findJson(text: string): FoundJson | undefined {
  const whole = parse(text);
  if (whole) return whole;
  const blocks = fencedBlocks(text)
    .slice(-MOST_TRIES)
    .map((block) => block.text);
  const candidates = [...blocks.toReversed(), ...bracketed(text).toReversed()];
  for (const candidate of candidates.slice(0, MOST_TRIES)) {
    const found = parse(candidate);
    if (found) return found;
  }
  return undefined;
}
