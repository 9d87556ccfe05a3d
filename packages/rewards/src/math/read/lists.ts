// Values one after another, relations between values, and sets joined by ∪, ∩ and ∖.
import { readSum } from "./expression.js";
import { type Node, remainderClass, text, tree } from "./nodes.js";
import { at, peek, type Reader, take, unreadable } from "./reader.js";
import type { Token } from "./tokens.js";
import { isUnit, LEADING_WORDS, SHORT_WORDS } from "./vocabulary.js";

/** Values up to one of the closing marks, which is taken, or up to the end of the text. */
export function readElements(
  reader: Reader,
  closings: readonly string[],
): { readonly elements: Node[]; readonly end: string | undefined } {
  let elements: Node[] = [];
  for (;;) {
    const token = peek(reader);
    if (token === undefined) return { elements, end: undefined };
    if (closings.includes(token.value) && token.type !== "text" && token.type !== "symbol") {
      reader.position++;
      return { elements, end: token.value };
    }
    if (isSeparator(reader)) {
      reader.position++;
      // What follows from the rest is the answer.
      if (token.value === "⇒") elements = [];
      else if (/[ao]/.test(token.value)) reader.connective = token.value;
      continue;
    }
    const before = reader.position;
    elements.push(readStatement(reader));
    if (reader.position === before) return unreadable(reader);
    const next = peek(reader);
    // A condition follows without a comma: kπ (k ∈ ℤ).
    if (next !== undefined && !isSeparator(reader) && !closings.includes(next.value) && next.value !== "(")
      return unreadable(reader);
  }
}

function isSeparator(reader: Reader): boolean {
  const token = peek(reader);
  if (token?.type !== "mark") return false;
  return token.value === "." ? peek(reader, 1) === undefined : /^(?:[,;&⇒]|and|or|\\\\)$/.test(token.value);
}

/** \text{Answer: } and the like, which change nothing. */
const isLead = (token: Token | undefined): boolean =>
  (token?.type === "word" && LEADING_WORDS.has(token.value.toLowerCase())) ||
  (token?.type === "text" && /:$|\b(?:is|are)$|^Rs\.?$/.test(token.value));

/** a = b ≤ c, or a value alone. */
export function readStatement(reader: Reader): Node {
  const words = readText(reader);
  if (words !== undefined && peek(reader)?.type !== "relation") return words;
  while (peek(reader, 1) && isLead(peek(reader))) reader.position++;
  const operands: Node[] = [];
  let signs = "";
  if (words !== undefined) operands.push(words);
  // "= 5" and "≈ 5" say 5.
  else if (peek(reader)?.type === "relation" && /^[=≈]$/.test(peek(reader)?.value ?? "")) reader.position++;
  for (;;) {
    if (operands.length === signs.length) operands.push(readText(reader) ?? readSets(reader));
    // In aligned lines, x &= 1.
    if (at(reader, "&") && peek(reader, 1)?.type === "relation") reader.position++;
    const token = peek(reader);
    if (token?.type !== "relation") break;
    if (reader.builder && token.value === "→") break;
    reader.position++;
    signs += token.value;
    // a \\ = b, and &= in aligned lines.
    while (take(reader, "&")) continue;
    if (peek(reader) === undefined) return unreadable(reader, "a value is missing after the sign");
  }
  const [first] = operands;
  if (signs === "" && first) return first;
  return settle(operands, signs);
}

/** Drops an approximation of what is exact before it; x ≈ 11 says x = 11. */
function settle(sides: readonly Node[], written: string): Node {
  const isModular = written.includes("≡") && sides.some(({ kind, name }) => kind === "call" && /^p?mod$/.test(name));
  const signs = isModular ? written : written.replaceAll("≡", "=");
  const operands = isModular ? sides.map(asClass) : sides;
  const place = signs.indexOf("≈");
  const [first, second] = operands;
  if (place < 0 || /[^=]/.test(signs.slice(0, place)) || (place === 0 && first && isName(first)))
    return tree("relation", operands, signs.replaceAll("≈", "="));
  return place === 0 && first && second ? first : tree("relation", operands.slice(0, place + 1), signs.slice(0, place));
}

const asClass = (node: Node): Node => {
  const [value, modulus] = node.kind === "call" && node.name === "mod" ? node.parts : [];
  return value && modulus ? remainderClass(value, modulus) : node;
};

/** A variable, a named function's value, or text: what an equation defines. */
export function isName({ kind, parts }: Node): boolean {
  if (kind === "symbol" || kind === "text") return true;
  if (kind === "tuple" || kind === "ratio") return parts.every(isName);
  return (
    (kind === "call" || kind === "product") &&
    parts.every((part) => /^(?:symbol|constant)$/.test(part.kind) || (kind === "call" && part.kind === "number"))
  );
}

const SET_OPERATORS: Readonly<Record<string, "union" | "intersection" | "difference">> = {
  "∪": "union",
  "∩": "intersection",
  "∖": "difference",
};

/** A ∪ B, A ∩ B, A ∖ B, and ratios a : b. */
function readSets(reader: Reader): Node {
  let left = readRatio(reader);
  for (;;) {
    const operator = SET_OPERATORS[peek(reader)?.value ?? ""];
    if (operator === undefined) return left;
    reader.position++;
    const own = left.kind === operator && operator !== "difference" ? left.parts : [left];
    left = tree(operator, [...own, readRatio(reader)]);
  }
}

function readRatio(reader: Reader): Node {
  const first = readSum(reader);
  if (reader.builder || !at(reader, ":")) return first;
  const parts = [first];
  while (take(reader, ":")) {
    if (peek(reader) === undefined) break;
    parts.push(readSum(reader));
  }
  return parts.length === 1 ? first : tree("ratio", parts);
}

/** Words alone, up to the next separator or sign: they are text and no product. */
function readText(reader: Reader): Node | undefined {
  const words: string[] = [];
  let isText = false;
  for (let ahead = 0; ; ahead++) {
    const token = peek(reader, ahead);
    if (token === undefined || token.type === "relation") break;
    if (token.type === "mark" && /^(?:[,;&)\]}.⇒]|and|or|\\[}\\])$/.test(token.value)) break;
    if (token.type === "word" || token.type === "text") {
      const long = token.type === "text" || token.value.length > 2 || SHORT_WORDS.has(token.value.toLowerCase());
      // x \text{ cm} is x.
      if (token.type === "text" && words.length > 0 && !isText && isUnit(token.value)) return undefined;
      isText ||= long;
    } else if (token.type !== "symbol") return undefined;
    words.push(token.value);
  }
  if (!isText || words.length === 0) return undefined;
  // One bare word before an equation's sign is a product of letters, as a label often is: AB = 4 needs no rule, ABC = 4 does.
  reader.position += words.length;
  return text(words.join(" "));
}
