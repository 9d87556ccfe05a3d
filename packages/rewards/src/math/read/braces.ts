// Braces of LaTeX, in one pass.

/** The place of the brace that closes what starts right after one; −1 where it stays open. */
export function closingBrace(text: string, start: number): number {
  let depth = 1;
  for (let index = start; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x5c) index++;
    else if (code === 0x7b) depth++;
    else if (code === 0x7d && --depth === 0) return index;
  }
  return -1;
}
