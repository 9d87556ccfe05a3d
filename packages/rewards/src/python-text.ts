// Text as Python's `str` measures and trims it, so that a reward brought over from Python keeps its scores.

/** `str.isspace` by code unit: unlike JavaScript's `\s` it has U+001C to U+001F and U+0085, and lacks U+FEFF. */
const isPythonSpace = (code: number): boolean =>
  (code >= 0x09 && code <= 0x0d) ||
  (code >= 0x1c && code <= 0x20) ||
  code === 0x85 ||
  code === 0xa0 ||
  code === 0x1680 ||
  (code >= 0x2000 && code <= 0x200a) ||
  code === 0x2028 ||
  code === 0x2029 ||
  code === 0x202f ||
  code === 0x205f ||
  code === 0x3000;

/** Number of Unicode code points, as Python's `len`: an emoji outside the basic plane counts once. */
export function codePointCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Number of words between whitespace, as `len(text.split())`. */
export function wordCount(text: string): number {
  let count = 0;
  let inWord = false;
  for (let index = 0; index < text.length; index++) {
    const space = isPythonSpace(text.charCodeAt(index));
    if (!space && !inWord) count++;
    inWord = !space;
  }
  return count;
}

/** The words between whitespace, as `text.split()`. */
export function words(text: string): string[] {
  const found: string[] = [];
  for (let start = skipSpace(text, 0); start < text.length;) {
    let end = start;
    while (end < text.length && !isPythonSpace(text.charCodeAt(end))) end++;
    found.push(text.slice(start, end));
    start = skipSpace(text, end);
  }
  return found;
}

/** The first index at or after `from` that holds no whitespace; `text.length` when there is none. */
export function skipSpace(text: string, from: number): number {
  let index = from;
  while (index < text.length && isPythonSpace(text.charCodeAt(index))) index++;
  return index;
}

/** Without whitespace at either end, as `text.strip()`. */
export function strip(text: string): string {
  const start = skipSpace(text, 0);
  let end = text.length;
  while (end > start && isPythonSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}
