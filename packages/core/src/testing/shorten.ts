/** Long texts shortened in the middle, as failures show them: what a reward reads stands at the ends as a rule. */

/** The text, or its beginning and end with how many characters were left out between them. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const tail = Math.floor(limit / 3);
  const [head, left] = [limit - tail, text.length - limit];
  return `${whole(text.slice(0, head))}[… ${left} characters …]${whole(text.slice(text.length - tail))}`;
}

/** Without the halves of characters at the cuts. */
function whole(text: string): string {
  return text.replace(/^[\udc00-\udfff]/, "").replace(/[\ud800-\udbff]$/, "");
}
