// Finds mathematics in text in one pass: $…$, $$…$$, \(…\), \[…\], " [ … ] " and bare fractions.

/** A stretch of LaTeX: its place with delimiters and percent sign, and what is between them. */
export interface MathSpan {
  readonly start: number;
  readonly end: number;
  readonly content: string;
  readonly percent: boolean;
}

const PERCENT = /\s*(?:\\?%|percentage\b|percent\b|pct\b)/iy;
const FRACTION = /-?\\frac\{-?\d+(?:[.,]\d+)?\}\{-?\d+(?:[.,]\d+)?\}/y;
const OPENINGS = /\$\$?|\\[[(]|\s\[|-?\\frac\{/g;

/** Searches for the next of a text from a growing position, each stretch of the source once. */
function searcher(source: string, wanted: string): (from: number) => number {
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
  const [display, dollar, bracket, parenthesis, square, newline] = ["$$", "$", "\\]", "\\)", "]", "\n"].map((wanted) =>
    searcher(source, wanted),
  ) as [Search, Search, Search, Search, Search, Search];
  const line = (from: number): number => {
    const end = newline(from);
    return end < 0 ? source.length : end;
  };
  /** A dollar that is not escaped, on the same line. */
  const closingDollar = (from: number): number => {
    for (let place = dollar(from); place >= 0; place = dollar(place + 1)) {
      if (place > line(from)) return -1;
      if (source[place - 1] !== "\\") return place;
    }
    return -1;
  };

  let openings = 0;
  OPENINGS.lastIndex = 0;
  for (let opening = OPENINGS.exec(source); opening; opening = OPENINGS.exec(source)) {
    if (++openings === MOST_OPENINGS && opening.index < source.length - END) {
      spans.length = 0;
      OPENINGS.lastIndex = source.length - END;
      continue;
    }
    const { index } = opening;
    const [mark] = opening;
    const inner = index + mark.length;
    const escaped = source[index - 1] === "\\";
    let close = -1;
    let length = 0;
    if (mark === "$$" && !escaped) {
      close = display(inner);
      length = 2;
      if (close < 0) {
        OPENINGS.lastIndex = inner;
        continue;
      }
    } else if (mark === "$" && !escaped && !isDigit(source[index - 1])) {
      close = closingDollar(inner);
      length = 1;
    } else if (mark === "\\[" && !escaped) {
      close = bracket(inner);
      length = 2;
    } else if (mark === "\\(" && !escaped) {
      close = parenthesis(inner);
      length = 2;
      if (close > line(inner)) close = -1;
    } else if (mark.endsWith("[") && mark.length === 2 && mark !== "\\[") {
      close = square(inner);
      length = 1;
      if (close > line(inner) || !/\s/.test(source[close + 1] ?? "")) close = -1;
    } else if (mark.endsWith("{")) {
      FRACTION.lastIndex = index;
      const fraction = FRACTION.exec(source)?.[0];
      if (fraction !== undefined) {
        spans.push(withPercent(source, index, index + fraction.length, fraction));
        OPENINGS.lastIndex = index + fraction.length;
      }
      continue;
    }
    const content = close < 0 ? "" : source.slice(inner, close);
    if (close < 0 || content.trim() === "") {
      if (close >= 0 && mark === "$") OPENINGS.lastIndex = close;
      continue;
    }
    const span = withPercent(source, index, close + length, content);
    spans.push(span);
    OPENINGS.lastIndex = close + length;
  }
  return spans;
}

type Search = (from: number) => number;

const isDigit = (character: string | undefined): boolean =>
  character !== undefined && character >= "0" && character <= "9";

function withPercent(source: string, start: number, end: number, content: string): MathSpan {
  PERCENT.lastIndex = end;
  const percent = PERCENT.exec(source)?.[0];
  return { start, end: end + (percent?.length ?? 0), content, percent: percent !== undefined };
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
