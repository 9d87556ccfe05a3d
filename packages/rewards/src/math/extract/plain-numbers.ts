// Finds numbers and arithmetic in plain text, with what must stand before and after them as in Math-Verify.
import type { Candidate } from "./candidate.js";

/** Scripts that are written without spaces. */
const UNSPACED = "\\u0900-\\u0dff\\u0e00-\\u0eff\\u3000-\\u9fff\\uac00-\\ud7af\\uff00-\\uffef";
const NUMBER = new RegExp(
  `(^|[\\s=${UNSPACED}])((?:\\*\\*)?\\p{Sc}?)` +
    "([-−–]?(?:[1-9]\\d{0,2}(?:[ ,]\\d{3})+(?!\\d)(?:\\.\\d+)?|\\d+[.,]\\d+|\\.\\d+|\\d+)(?: (?:hundred|(?:thous|mill|bill|trill)(?:and|ion))\\b)?)" +
    "(\\s*(?:%|[Pp]ercentage|[Pp]ercent|[Pp]ct))?",
  "gu",
);
const EXPRESSION_START = new RegExp(`(?:^|[\\s=${UNSPACED}])(?:\\*\\*)?(?=-?\\(?-?\\d)`, "g");
const EXPRESSION_CHARACTER = /[\d.\s+\-*×/^()÷]/;
const OPERATOR = /[+\-*×/^÷]/;
const SUFFIX = new RegExp(`^(?:\\*\\*)?(?:[.,:\\s)$${UNSPACED}]|$)`);
/** Longer runs are no answer. */
const LONGEST = 2_000;

/** A text with more numbers than this is searched at its end only. */
const MOST = 2_000;
const END = 8_000;

/** Numbers and arithmetic in their order; of what begins at the same place the longest. */
export const plainSpans = (source: string): Candidate[] =>
  [...plainNumbers(source), ...plainExpressions(source)]
    .toSorted((a, b) => a.start - b.start || b.end - a.end)
    .filter(({ start }, index, all) => start !== all[index - 1]?.start);

/** Numbers in their order. `1,234` and `1 234` are one number, `2,74` is a decimal. */
function plainNumbers(source: string): Candidate[] {
  const found: Candidate[] = [];
  NUMBER.lastIndex = 0;
  for (let match = NUMBER.exec(source); match; match = NUMBER.exec(source)) {
    if (found.length === MOST && match.index < source.length - END) {
      found.length = 0;
      NUMBER.lastIndex = source.length - END;
      continue;
    }
    const [whole, before = "", prefix = "", digits = "", percent] = match;
    const start = match.index + before.length + prefix.length;
    const parts = [{ text: numberText(digits), percent: percent !== undefined }];
    found.push({ place: "number", start, end: match.index + whole.length, parts });
  }
  return found;
}

/** Digits with a point, whatever separated them. */
const numberText = (written: string): string =>
  written.replace(/[\d.,](?:[\d.,]| (?=\d))*/, (digits) =>
    /^[1-9]\d{0,2}(?:[ ,]\d{3})+(?:\.\d+)?$/.test(digits) ? digits.replaceAll(/[ ,]/g, "") : digits.replace(",", "."),
  );

/** The text without quotes, brackets and other marks before numbers, in as many characters. */
export const loosened = (source: string): string =>
  source
    .replaceAll(/(?<![\w)\]}^\\])["'`*_([~≈+\\:]{1,8}(?=-?(?:US)?\p{Sc}?\.?\d)/gu, blank)
    .replaceAll(/US(?=\$)|["'`]|(?<=[\w.%])[*_]|(?<=\s|^)_+/g, blank);

const blank = (marks: string): string => " ".repeat(marks.length);

/** Words and signs beside a number by which it is not the answer, or not alone. */
const BEFORE =
  /(?:\d,?\s+or|\b(?:either|between|minus|negative|(?:greater|less|more|fewer|larger|smaller) than|is at (?:least|most))|\bbetween\s+\S{1,20}\s+and|(?:(?<![A-Za-z])[A-Za-z]|\d)\s*[-+*×·/^]|[^-=\s]\s*[<>≤≥≠]|[<>!]=)[\s$(*]*$/i;
const AFTER =
  /^\s*(?:or\s+(?:more|less|fewer|\d)|to\s+\d|choose\b|[π√]|(?:pi|sqrt)\b|[-+*×·/^]\s*(?:[a-z]\b|[\dπ√\\]))|^(?:!\.|(?!:00)[.,:'_]\d|[½²³^\\]|[a-z](?<![mgshlcfknjwvat])(?![a-z]))/i;

/** Whether the words before a place say that it is not the answer. */
export const isDenied = (source: string, start: number): boolean =>
  /\b(?:not|rather than|instead of)[\s$(*]*$/i.test(source.slice(Math.max(0, start - 20), start));

/** Whether what stands beside a place in a text makes another value of it. */
export const isQualified = (source: string, start: number, end: number): boolean =>
  BEFORE.test(source.slice(Math.max(0, start - 40), start)) || AFTER.test(source.slice(end, end + 12));

/** The number that a text is as a whole, as plain text writes it. */
export function wholeNumber(text: string): string | undefined {
  return /^-?(?:[1-9]\d{0,2}(?:[ ,]\d{3})+(?:\.\d+)?|\d+[.,]\d+|\.\d+|\d+)$/.test(text) ? numberText(text) : undefined;
}

/** Runs of digits and operators in their order. */
function plainExpressions(source: string): Candidate[] {
  const found: Candidate[] = [];
  EXPRESSION_START.lastIndex = 0;
  for (let match = EXPRESSION_START.exec(source); match; match = EXPRESSION_START.exec(source)) {
    const start = match.index + match[0].length;
    let end = start;
    while (end < source.length && EXPRESSION_CHARACTER.test(source[end] ?? "")) end++;
    // What follows a run must not be glued to it: else the run ends at its last gap.
    let last = end;
    if (!SUFFIX.test(source.slice(end, end + 3))) {
      while (last > start && !/\s/.test(source[last] ?? "")) last--;
    }
    const text = source
      .slice(start, last)
      .replace(/[\s.]+$/, "")
      .replace(/[\s+*/^(-]+$/, "");
    if (text.length > 2 && text.length <= LONGEST && OPERATOR.test(text.slice(1))) {
      const written = balanced(text).replaceAll("×", "*").replaceAll("÷", "/");
      const parts = [{ text: written, percent: false }];
      found.push({ place: "expression", start, end: start + text.length, parts });
    }
    EXPRESSION_START.lastIndex = Math.max(end, match.index + 1);
  }
  return found;
}

/** Without a closing bracket at the end that nothing opens. */
function balanced(text: string): string {
  let depth = 0;
  for (const character of text) depth += character === "(" ? 1 : character === ")" ? -1 : 0;
  return depth === -1 && text.endsWith(")") ? text.slice(0, -1) : text;
}
