// Finds \boxed{…} and \fbox{…}, with braces matched in one pass.
import { closingBrace } from "../read/braces.js";

export interface Box {
  /** Of the backslash. */
  readonly start: number;
  /** After the closing brace; the text's end where it stays open. */
  readonly end: number;
  /** Null where the box stays open. */
  readonly content: string | null;
}

const BOX = /\\(?:boxed|fbox)\s*/g;

/** All boxes, outer ones only, in their order. */
export function boxes(source: string): Box[] {
  if (!source.includes("\\boxed") && !source.includes("\\fbox")) return [];
  const found: Box[] = [];
  BOX.lastIndex = 0;
  for (let match = BOX.exec(source); match; match = BOX.exec(source)) {
    const open = match.index + match[0].length;
    if (source[open] !== "{") {
      // \boxed 5
      const token = /^[\w.]+/.exec(source.slice(open, open + 40))?.[0];
      if (token !== undefined && (match[0] !== match[0].trimEnd() || /^\d/.test(token)))
        found.push({ start: match.index, end: open + token.length, content: token });
      continue;
    }
    const close = closingBrace(source, open + 1);
    const content = close < 0 ? null : source.slice(open + 1, close).trim();
    found.push({ start: match.index, end: close < 0 ? source.length : close + 1, content });
    if (close < 0) break;
    BOX.lastIndex = close + 1;
  }
  return found;
}

const SEPARATOR = /\b(?:and|or)\b|[,;]/;

/**
 * The boxes at the text's end that make one answer, from the right: a box goes with the one before it where hardly
 * anything stands between them, or a separator and different contents.
 */
export function lastBoxes(source: string, all: readonly Box[]): readonly Box[] {
  const taken: Box[] = [];
  for (const box of all.toReversed()) {
    const next = taken[0];
    if (next !== undefined) {
      const between = source.slice(box.end, next.start);
      const close = between.length < 10;
      if (!close && !(between.length < 70 && SEPARATOR.test(between) && box.content !== next.content)) break;
    }
    taken.unshift(box);
  }
  return taken;
}

/** The contents as one list, without repeats one after another. */
export function boxContents(taken: readonly Box[]): string | null {
  const contents: string[] = [];
  for (const { content } of taken) {
    if (content === null) return null;
    if (contents.at(-1) !== content) contents.push(content);
  }
  // With a space, so that 844 and 840 are not thousands.
  return contents.join(", ");
}
