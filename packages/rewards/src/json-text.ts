// Finds JSON in a completion: as its whole text, in a fenced block, or between brackets in prose.
import { fencedBlocks } from "./fenced-blocks.js";

/** A value, and the text it was read from. */
export interface FoundJson {
  readonly value: unknown;
  readonly text: string;
}

/** Texts that are tried at most: each costs one reading of it. */
const MOST_TRIES = 20;

function parse(text: string): FoundJson | undefined {
  try {
    return { value: JSON.parse(text) as unknown, text };
  } catch {
    return undefined;
  }
}

const CLOSES: Readonly<Record<string, string>> = { "}": "{", "]": "[" };

/**
 * Stretches from an opening bracket to the one that closes it, first to last, none inside another, and of many the last.
 * Brackets within quotes do not count; where brackets do not fit each other, what was open is given up.
 */
function bracketed(text: string): string[] {
  const found: string[] = [];
  let open: number[] = [];
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (quoted) {
      if (character === "\\") index += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') {
      // Quotes of prose are no JSON's.
      quoted = open.length > 0;
    } else if (character === "{" || character === "[") {
      open.push(index);
    } else if (CLOSES[character] !== undefined) {
      const start = open.pop();
      if (start === undefined) continue;
      if (text.charAt(start) !== CLOSES[character]) open = [];
      else if (open.length === 0) {
        found.push(text.slice(start, index + 1));
        if (found.length > MOST_TRIES) found.shift();
      }
    }
  }
  return found;
}

/**
 * The JSON that a completion ends with: its whole text, else the last fenced block that is JSON, else the last
 * bracketed stretch that is. Numbers and words in prose are not taken for JSON. Linear in the text's length.
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
