// Finds the letter of a multiple choice.

export interface LetterSpan {
  readonly start: number;
  readonly end: number;
  readonly letter: string;
  /** 0 final answer … I hope, 50 final answer is, 100 answer:, 200 answer, 250 at a line's start, 300 anywhere. */
  readonly priority: number;
}

const escape = (letters: string): string => letters.replaceAll(/[^A-Za-z0-9]/g, "");

/** The end of what stands before a line's first letter, and as many characters as are looked at for it. */
const LINE_START = /\n[\s*([]*$/;
const INDENT = 20;

/** All letters that stand alone, by the place that they stand in. */
export function letterSpans(source: string, letters: string): LetterSpan[] {
  const one = `([${escape(letters)}])`;
  const found: LetterSpan[] = [];
  const alone = new RegExp(
    `(^|[\\s(\\[{*:：]|[\\u3000-\\u9fff])${one}(?=\\*{0,2}(?:[.,:;)\\]}\\s*!?]|[\\u3000-\\u9fff]|$))`,
    "g",
  );
  const places: { start: number; end: number; letter: string; lineStart: boolean }[] = [];
  for (const match of source.matchAll(alone)) {
    const [, before = "", letter = ""] = match;
    const start = match.index + before.length;
    places.push({
      start,
      end: start + 1,
      letter,
      lineStart: LINE_START.test(start < INDENT ? `\n${source.slice(0, start)}` : source.slice(start - INDENT, start)),
    });
  }
  const lower = source.toLowerCase();
  let index = 0;
  for (let place = lower.indexOf("answer"); place >= 0; place = lower.indexOf("answer", place + 6)) {
    const after = place + 6;
    while ((places[index]?.start ?? Infinity) < after) index++;
    const next = places[index];
    if (next === undefined) break;
    const gap = source.slice(after, next.start);
    if (lower.slice(Math.max(0, place - 6), place) === "final " && gap.length <= 100 && /\sis:?\s*[*(]*$/.test(gap)) {
      const hope = /^[.)\s*]*I hope/.test(source.slice(next.end, next.end + 20));
      found.push({ ...next, priority: hope ? 0 : 50 });
    } else if (gap.length <= 51) found.push({ ...next, priority: gap.startsWith(":") ? 100 : 200 });
  }
  for (const place of places) found.push({ ...place, priority: place.lineStart ? 250 : 300 });
  return found;
}
