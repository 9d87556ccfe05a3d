/** Text for a terminal: what a model wrote made safe to print, measured in columns, cut and padded to fit. */
import stringWidth from "fast-string-width";

const escapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Characters of one column each: most text is made of them, and is printed and measured without looking any up. */
const plain = /^[\x20-\x7e…–—≥≤≠×∞✓✗]*$/;

/** One line that cannot move the cursor or change colours: control characters are shown as escapes. */
export function printable(text: string): string {
  if (plain.test(text)) return text;
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    // A joiner inside an emoji is harmless and would be ugly as an escape.
    if (character === "\u200d") return character;
    return escapes[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** Columns that the text takes on a terminal; colour sequences take none. */
export function columnsOf(text: string): number {
  return plain.test(text) ? text.length : stringWidth(text);
}

/** The text, or its beginning and an ellipsis where it is wider than `width` columns. Plain text only. */
export function cut(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  if (width <= 0) return "";
  let kept = "";
  let used = 1;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += columnsOf(segment);
    if (used > width) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Spaces added after the text, up to `width` columns. */
export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - columnsOf(text)));
}

/** Spaces added before the text, up to `width` columns. */
export function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - columnsOf(text))) + text;
}

/** Breaks plain text into lines of at most `width` columns, at any character: reasoning has few spaces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const columns = columnsOf(segment);
    if (used + columns > width && line !== "") {
      lines.push(line);
      line = "";
      used = 0;
    }
    line += segment;
    used += columns;
  }
  return line === "" && lines.length > 0 ? lines : [...lines, line];
}

/** Breaks prose into lines of at most `width` columns between words; a longer word goes on on the next line. */
export function fill(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (columnsOf(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    const pieces = wrap(word, width);
    line = pieces.pop() ?? "";
    lines.push(...pieces);
  }
  return [...lines, line];
}
