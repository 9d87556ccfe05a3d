// The places where an answer may stand, best first: lower priority, then the later end, then the earlier start.
// The priorities are Math-Verify's.
import type { ResolvedOptions } from "../options.js";
import { boxContents, boxes, lastBoxes } from "./boxes.js";
import { letterSpans } from "./letters.js";
import { chains, type MathSpan, mathSpans } from "./math-spans.js";
import { plainExpressions, plainNumbers, type PlainSpan } from "./plain-numbers.js";

export type Place =
  | "box"
  | "final answer"
  | "answer"
  | "LaTeX"
  | "number"
  | "expression"
  | "letter"
  | "####"
  | "the whole text";

export interface Candidate {
  readonly place: Place;
  readonly start: number;
  readonly end: number;
  /** LaTeX or plain text of each part; several make a list. Null: a box that stays open. */
  readonly parts: readonly { readonly text: string | null; readonly percent: boolean }[];
  readonly kind: "latex" | "plain" | "letter";
}

/** Occurrences of "answer" that are looked at, from the end. */
const MOST_ANCHORS = 50;

/** Candidates in the order in which they are to be tried; found level by level, so that a box costs no more than itself. */
export function* candidates(source: string, options: ResolvedOptions): Generator<Candidate> {
  const latex = options.targets.includes("latex");
  const plain = options.targets.includes("expression");
  const levels: { readonly priority: number; readonly find: () => Candidate[] }[] = [];
  const level = (priority: number, find: () => Candidate[]): void => void levels.push({ priority, find });

  let spanCache: MathSpan[][] | undefined;
  const spans = (): MathSpan[][] => (spanCache ??= latex ? chains(source, mathSpans(source)) : []);
  let plainCache: PlainSpan[] | undefined;
  const plains = (): PlainSpan[] =>
    (plainCache ??= plain
      ? [...plainNumbers(source), ...plainExpressions(source)].toSorted((a, b) => a.start - b.start)
      : []);
  const anchors = lastAnchors(source);

  if (latex && options.boxedPriority >= 0) level(options.boxedPriority, () => boxCandidates(source));
  if (!options.requireBoxed) {
    level(40, () => hashCandidates(source));
    if (anchors.length > 0) {
      level(0, () => finalAnswers(source, anchors, spans(), plains(), true));
      level(50, () => finalAnswers(source, anchors, spans(), plains(), false));
      level(100, () => afterAnswer(source, anchors, spans(), plains(), true));
      level(200, () => afterAnswer(source, anchors, spans(), plains(), false));
    }
    if (!options.requireAnchor) {
      level(300, () => [
        ...spans().map(chainCandidate("LaTeX")),
        ...plains().map((span) => plainCandidate(span, span.kind)),
      ]);
    }
    if (options.targets.includes("letter")) {
      const letters = letterSpans(source, options.letters);
      for (const priority of new Set(letters.map((span) => span.priority))) {
        level(priority, () =>
          letters
            .filter((span) => span.priority === priority)
            .map(({ start, end, letter }) => ({
              place: "letter",
              start,
              end,
              parts: [{ text: letter, percent: false }],
              kind: "letter",
            })),
        );
      }
    }
  }

  const priorities = [...new Set(levels.map(({ priority }) => priority))].toSorted((a, b) => a - b);
  for (const priority of priorities) {
    const found = levels.filter((entry) => entry.priority === priority).flatMap(({ find }) => find());
    yield* found.toSorted((a, b) => b.end - a.end || a.start - b.start);
  }
}

const chainCandidate =
  (place: Place) =>
  (chain: readonly MathSpan[]): Candidate => ({
    place,
    start: chain[0]?.start ?? 0,
    end: chain.at(-1)?.end ?? 0,
    parts: chain.map(({ content, percent }) => ({ text: unboxed(content), percent })),
    kind: "latex",
  });

const plainCandidate = ({ start, end, text, percent }: PlainSpan, place: Place): Candidate => ({
  place,
  start,
  end,
  parts: [{ text, percent }],
  kind: "plain",
});

/** The contents of the boxes in a stretch, or the stretch. */
function unboxed(content: string): string | null {
  const found = boxes(content);
  return found.length === 0 ? content : boxContents(found);
}

const PERCENT = /^\s*(?:\}|\$|\\\)|\\\])*\s*(?:\\?%|percentage\b|percent\b|pct\b)/i;
/** How far the stretch around a box may reach. */
const AROUND = 2_000;

/** The last boxes: of one environment all, else those at the end that belong together. */
function boxCandidates(source: string): Candidate[] {
  const found = boxes(source);
  const last = found.at(-1);
  if (last === undefined) return [];
  const [first = last] = found;
  const from = Math.max(0, Math.min(first.start, last.start - AROUND) - 200);
  const area = source.slice(Math.max(from, last.start - AROUND), Math.min(source.length, last.end + AROUND));
  const offset = Math.max(from, last.start - AROUND);
  const span =
    last.content === null
      ? undefined
      : mathSpans(area).find(({ start, end }) => start + offset < last.start && end + offset >= last.end);
  let taken = lastBoxes(source, found);
  if (span) {
    const inside = found.filter(({ start, end }) => start >= span.start + offset && end <= span.end + offset);
    if (inside.length > taken.length) taken = inside;
  }
  const percent = PERCENT.test(source.slice(last.end, last.end + 30));
  return [
    {
      place: "box",
      start: taken[0]?.start ?? 0,
      end: Math.max(last.end, span ? span.end + offset : 0),
      parts: [{ text: boxContents(taken), percent }],
      kind: "latex",
    },
  ];
}

/** #### 42, as in GSM8K: the rest of the last such line. */
function hashCandidates(source: string): Candidate[] {
  const place = source.lastIndexOf("####");
  if (place < 0) return [];
  const line = source.slice(place + 4).split("\n", 1)[0] ?? "";
  const text = line
    .trim()
    .replace(/[.\s]+$/, "")
    .replace(/^\$(?=[\d.])/, "");
  if (text === "") return [];
  return [
    { place: "####", start: place, end: place + 4 + line.length, parts: [{ text, percent: false }], kind: "latex" },
  ];
}

/** The places right after the word "answer", the last ones, in their order. */
function lastAnchors(source: string): number[] {
  const lower = source.toLowerCase();
  const found: number[] = [];
  for (
    let place = lower.lastIndexOf("answer");
    place >= 0 && found.length < MOST_ANCHORS;
    place = lower.lastIndexOf("answer", place - 1)
  ) {
    found.unshift(place + "answer".length);
    if (place === 0) break;
  }
  return found;
}

/** The first entry that starts at or after a place. */
function firstFrom<T extends { readonly start: number }>(entries: readonly T[], from: number): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.start ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

type Placed = { readonly start: number; readonly make: () => Candidate };

/** Chains of LaTeX, each also from each of its links, and plain numbers, by where they start. */
function placed(chained: readonly (readonly MathSpan[])[], plain: readonly PlainSpan[], place: Place): Placed[] {
  const links = chained.flatMap((chain) =>
    chain.map((span, index) => ({ start: span.start, make: () => chainCandidate(place)(chain.slice(index)) })),
  );
  return [...links, ...plain.map((span) => ({ start: span.start, make: () => plainCandidate(span, place) }))].toSorted(
    (a, b) => a.start - b.start,
  );
}

/** "final answer … is X", with " I hope" after it at priority 0. */
function finalAnswers(
  source: string,
  anchors: readonly number[],
  chained: readonly (readonly MathSpan[])[],
  plain: readonly PlainSpan[],
  hope: boolean,
): Candidate[] {
  const entries = placed(chained, plain, "final answer");
  const found: Candidate[] = [];
  for (const anchor of anchors) {
    if (!/final\s$/i.test(source.slice(Math.max(0, anchor - 12), anchor - 6))) continue;
    const window = source.slice(anchor, anchor + 110);
    for (const is of window.matchAll(/\sis\b:?/g)) {
      const after = anchor + is.index + is[0].length;
      const entry = entries[firstFrom(entries, after)];
      if (entry === undefined || !/^[\s:$€£*]*$/.test(source.slice(after, entry.start))) continue;
      const candidate = entry.make();
      const hopes = is.index === 0 && /^\.?\s?I hope/.test(source.slice(candidate.end, candidate.end + 10));
      if (hopes || !hope) found.push(candidate);
      break;
    }
  }
  return found;
}

/** "answer … X": LaTeX within 50 characters; a number also after the last equals sign within 100. */
function afterAnswer(
  source: string,
  anchors: readonly number[],
  chained: readonly (readonly MathSpan[])[],
  plain: readonly PlainSpan[],
  colon: boolean,
): Candidate[] {
  const links = placed(chained, [], "answer");
  const numbers = placed(
    [],
    plain.filter((span) => !/^\s*=/.test(source.slice(span.end, span.end + 4))),
    "answer",
  );
  const found: Candidate[] = [];
  for (const anchor of anchors) {
    if (colon && source[anchor] !== ":") continue;
    const from = colon ? anchor + 1 : anchor;
    const link = links[firstFrom(links, from)];
    if (link && link.start - from <= 50) found.push(link.make());
    const first = firstFrom(numbers, from);
    let number: Placed | undefined;
    for (let index = first; index < numbers.length && (numbers[index]?.start ?? 0) - from <= 105; index++) {
      const entry = numbers[index];
      if (entry && /=\s*[$€£]?$/.test(source.slice(Math.max(from, entry.start - 4), entry.start))) number = entry;
    }
    const nearest = numbers[first];
    if (number === undefined && nearest && nearest.start - from <= 52) number = nearest;
    if (number) found.push(number.make());
  }
  return found;
}
