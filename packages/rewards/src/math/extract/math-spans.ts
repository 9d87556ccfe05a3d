// Finds mathematics in text in one pass: $…$, $$…$$, \(…\), \[…\], " [ … ] " and bare fractions.

/** A stretch of LaTeX: its place with delimiters and percent sign, and what is between them. */
export interface MathSpan {
  readonly start: number;
  readonly end: number;
  readonly content: string;
  readonly percent: boolean;
}

/** Of a formula; a dollar after a digit is money. */
const OPENING = /(?<!\\)(?:\$\$|\\[[(])|(?<![\\\d])\$|(?<=\s)\[|-?\\frac(?:\{-?\d+(?:[.,]\d+)?\}){2}/g;
const CLOSINGS: Readonly<Record<string, string>> = { $$: "$$", "\\[": "\\]", $: "$", "\\(": "\\)", "[": "]" };

/** Searches for the next of a text from a growing position, each stretch of the source once. */
function searcher(source: string, wanted = ""): (from: number) => number {
  let next = -2;
  return (from) => {
    if (next !== -1 && next < from) next = source.indexOf(wanted, from);
    return next;
  };
}

/** Places that are looked at; a text with more of them is searched at its end only. */
const MOST_OPENINGS = 2_000;
const END = 8_000;

/** All stretches, in their order. Linear in the text's length. */
export function mathSpans(source: string): MathSpan[] {
  const spans: MathSpan[] = [];
  const searches = new Map(["\n", ...Object.values(CLOSINGS)].map((mark) => [mark, searcher(source, mark)]));
  const next = (mark: string, from: number): number => searches.get(mark)?.(from) ?? -1;
  let openings = 0;
  OPENING.lastIndex = 0;
  for (let opening = OPENING.exec(source); opening; opening = OPENING.exec(source)) {
    if (++openings === MOST_OPENINGS && opening.index < source.length - END) {
      spans.length = 0;
      OPENING.lastIndex = source.length - END;
      continue;
    }
    const { 0: mark, index: start } = opening;
    const inner = OPENING.lastIndex;
    const closing = CLOSINGS[mark];
    let close = closing === undefined ? inner : next(closing, inner);
    while (mark === "$" && source[close - 1] === "\\") close = next(mark, close + 1);
    const line = next("\n", inner);
    const isBroken = mark.length === 2 && mark !== "\\(" ? false : line >= 0 && close > line;
    if (close < 0 || isBroken || (mark === "[" && !/\s/.test(source[close + 1] ?? ""))) continue;
    const content = closing === undefined ? mark : source.slice(inner, close);
    if (content.trim() === "") {
      if (mark === "$") OPENING.lastIndex = close;
      continue;
    }
    const end = close + (closing?.length ?? 0);
    const percent = percentAfter(source, end);
    spans.push({ start, end: end + percent, content, percent: percent > 0 });
    OPENING.lastIndex = end;
  }
  return spans;
}

const PERCENT = /[\s}$]*(?:\\[)\]])?\s*(?:\\?%|(?:percentage|percent|pct)\b)/iy;

/** How many characters at a place say that it is a percentage. */
export function percentAfter(source: string, place: number): number {
  PERCENT.lastIndex = place;
  return PERCENT.exec(source)?.[0].length ?? 0;
}

const JOIN = /^\s*(?:,\s*and|,\s*or|and|or|,)\s*$/;
/** Stretches that are joined to one answer. */
const MOST_JOINED = 6;

/** Stretches that only a comma, "and" or "or" separates belong together. */
export function chains(source: string, spans: readonly MathSpan[]): MathSpan[][] {
  const result: MathSpan[][] = [];
  for (const span of spans) {
    const chain = result.at(-1);
    const last = chain?.at(-1);
    const between = last && span.start - last.end < 20 ? source.slice(last.end, span.start) : undefined;
    if (chain && between !== undefined && chain.length < MOST_JOINED && JOIN.test(between)) chain.push(span);
    else result.push([span]);
  }
  return result;
}
