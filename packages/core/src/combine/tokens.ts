/** Takes a `combine` expression apart into numbers, names, texts and signs, each with its place. */

export interface Token {
  readonly kind: "number" | "name" | "text" | "sign" | "end";
  /** As it stands in the expression; empty at its end. */
  readonly text: string;
  /** Where it begins, in UTF-16 units from 0, and where it ends. */
  readonly at: number;
  readonly end: number;
}

/**
 * Numbers, names, texts, and signs: also those that other languages have, so that a refusal can name them. A dot before
 * a sign belongs to that: `1.*2` is `1 .* 2`.
 */
const token =
  /(\d+(?:\.(?![*/^])\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([\p{L}_$][\p{L}\p{N}_$]*)|("[^"]*"?|'[^']*')|(>>>|\.[*/^']|[<>=!]=|\?\?|\?\.|<<|>>|\*\*|&&|\|\||.)/suy;

/** The tokens in their order, the end among them. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const space = /\s*/y;
  for (let at = 0; ;) {
    space.lastIndex = at;
    space.test(text);
    at = space.lastIndex;
    token.lastIndex = at;
    const [found, number, name, quoted] = token.exec(text) ?? [];
    if (found === undefined) return [...tokens, { kind: "end", text: "", at, end: at }];
    const kind = number !== undefined ? "number" : name !== undefined ? "name" : quoted !== undefined ? "text" : "sign";
    tokens.push({ kind, text: found, at, end: at + found.length });
    at += found.length;
  }
}
