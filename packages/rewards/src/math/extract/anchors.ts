// What stands after the word "answer". Distances are Math-Verify's.
import type { Candidate, Place } from "./candidate.js";

/** What is looked for, each kind in the order of its places. */
export interface Anchored {
  readonly source: string;
  /** Whether what is looked for ends with its sentence. */
  readonly inSentence: boolean;
  readonly anchors: readonly number[];
  readonly links: readonly Candidate[];
  readonly plain: readonly Candidate[];
  readonly letters: readonly Candidate[];
}

const LONGEST_SENTENCE = 300;
/** Occurrences of "answer" that are looked at, from the end. */
const MOST_ANCHORS = 50;

/** The places right after the word "answer", the last ones, in their order. */
export const lastAnchors = (source: string): readonly number[] =>
  Array.from(source.matchAll(/answer/gi), ({ index }) => index + 6).slice(-MOST_ANCHORS);

const atPlace = (candidate: Candidate, place: Place): Candidate =>
  candidate.place === "letter" ? candidate : { ...candidate, place };

/** The place in their order of the first that starts at or after a place. */
function firstFrom(entries: readonly Candidate[], from: number): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.start ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** "final answer … is X"; or only those with " I hope" after it. */
export function finalAnswers({ source, anchors, links, plain, letters }: Anchored, hope: boolean): Candidate[] {
  const found: Candidate[] = [];
  for (const anchor of anchors) {
    if (!/final\s$/i.test(source.slice(Math.max(0, anchor - 12), anchor - 6))) continue;
    for (const is of source.slice(anchor, anchor + 110).matchAll(/\sis\b:?/g)) {
      const after = anchor + is.index + is[0].length;
      const nearest = [links, plain, letters].map((entries) => entries[firstFrom(entries, after)]);
      const near = nearest.filter((entry) => entry && /^[\s:$€£*(]*$/.test(source.slice(after, entry.start)));
      for (const entry of near) {
        const hopes = is.index === 0 && /^[.)\s*]*I hope/.test(source.slice(entry?.end, (entry?.end ?? 0) + 20));
        if (entry && (hopes || !hope)) found.push(atPlace(entry, "final answer"));
      }
      if (near.length > 0) break;
    }
  }
  return found;
}

/** "answer … X": LaTeX or a letter within 50 characters; a number also after the last equals sign within 100. */
export function afterAnswer(anchored: Anchored, colon: boolean): Candidate[] {
  const { source, inSentence, anchors, links, plain, letters } = anchored;
  const numbers = plain.filter(({ end }) => !/^\s*=/.test(source.slice(end, end + 4)));
  const found: Candidate[] = [];
  for (const anchor of anchors) {
    if (colon && source[anchor] !== ":") continue;
    const from = colon ? anchor + 1 : anchor;
    const nearest = [links, letters, numbers].map((entries) => entries[firstFrom(entries, from)]);
    const equated = numbers
      .slice(firstFrom(numbers, from), firstFrom(numbers, from + 106))
      .findLast(({ start }) => /=\s*[$€£]?$/.test(source.slice(Math.max(from, start - 4), start)));
    const isMeant = ({ start }: Candidate): boolean => !(inSentence && BREAK.test(source.slice(from, start)));
    if (equated && isMeant(equated)) nearest[2] = equated;
    for (const entry of nearest)
      if (entry && (entry === equated || entry.start - from <= 52) && isMeant(entry))
        found.push(atPlace(entry, "answer"));
  }
  return found;
}

/** Up to a sentence's end. */
const SENTENCE =
  /[^\n:]{0,50}?(?:\s(?:is|are)\b:?|\*{0,2}:)[\s*]{0,9}([^\n]{1,200}?)(?:[.!*]{1,9}(?=\s[A-Z])|[.!*]{0,9}(?=,?\s(?:which|since|as|because|so)\b|\n|$))/y;

/** What separates a formula from what a text says of something else. */
const BREAK = /\w.?\n\s*\n|[.!?]\$?\s+[A-Z]|\s(?:which|since|as|because)\b/;

/** "answer is X": all of the sentence, which wins where it is mathematics as a whole, such as 42x or (1, 2). */
export function sentences({ source, anchors }: Anchored, colon: boolean): Candidate[] {
  const found: Candidate[] = [];
  for (const anchor of anchors) if (colon === (source[anchor] === ":")) found.push(...sentenceAt(source, anchor));
  return found;
}

/** The last sentence, where it says that something is so many or so much. */
export const lastSentence = (source: string): Candidate[] => {
  const end = source.trimEnd();
  const last = end.slice(Math.max(end.lastIndexOf("\n") + 1, end.length - LONGEST_SENTENCE));
  const from = Math.max(...Array.from(last.matchAll(/[.!?]\s+(?=[A-Z])/g), ({ index }) => index + 1), 0);
  return /[$\\]/.test(last) ? [] : sentenceAt(end, end.length - last.length + from, "");
};

/** One number with a unit, which is looked for by itself. */
const MEASURE = /^(?:[A-Z]{2,3} ?)?[-−–\p{Sc}]*[\d.,]+(\s?)(?!pi\b|sqrt)[A-Za-zµΩ°%]*(?:[/^²³]\S*)?$/u;

function sentenceAt(source: string, place: number, gap = " "): Candidate[] {
  SENTENCE.lastIndex = place;
  const text = SENTENCE.exec(source)?.[1];
  const between = text && MEASURE.exec(text)?.[1];
  if (text === undefined || (between !== undefined && between >= gap)) return [];
  // Of what is said, and not asked, to be many or much.
  if (gap === "" && !/^[^?]*\d[^?]*$/.test(text)) return [];
  const end = SENTENCE.lastIndex;
  return [{ place: "answer", start: end - text.length, end, parts: [{ text, percent: false }], isSentence: true }];
}
