// Text inside a reason: quoted, on one line, and never longer than a line.
const LONGEST = 60;

/** The text in quotes with control characters escaped; the middle of a long one is left out. */
export function quote(text: string): string {
  if (text.length <= LONGEST) return JSON.stringify(text);
  const half = LONGEST / 2;
  return `${JSON.stringify(text.slice(0, half)).slice(0, -1)} … ${JSON.stringify(text.slice(-half)).slice(1)}`;
}
