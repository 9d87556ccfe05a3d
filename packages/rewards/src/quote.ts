// Text inside a reason: quoted, on one line, and never longer than a line.
const LONGEST = 60;

/** As JSON, which leaves two of Unicode's line separators as they are. */
const escaped = (text: string): string =>
  JSON.stringify(text).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");

/** The text in quotes with control characters escaped; the middle of a long one is left out. */
export function quote(text: string): string {
  if (text.length <= LONGEST) return escaped(text);
  const half = LONGEST / 2;
  return `${escaped(text.slice(0, half)).slice(0, -1)} … ${escaped(text.slice(-half)).slice(1)}`;
}

/** The same for LaTeX, whose backslashes stay single. */
export const quoteFormula = (text: string): string => quote(text).replaceAll("\\\\", "\\");
