// Values one after another, relations between values, and sets joined by ∪, ∩ and ∖.
import { readSum } from "./expression.js";
import type { Node, RelationOperator } from "./nodes.js";
import { at, peek, type Reader, take, unreadable } from "./reader.js";
import { isUnit, LEADING_WORDS, SHORT_WORDS } from "./vocabulary.js";

const ARROWS = ["Rightarrow", "implies", "therefore", "Leftrightarrow", "iff", "Longrightarrow"];

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
    if (take(reader, ",") || take(reader, ";") || take(reader, "and") || take(reader, "land") || take(reader, "wedge"))
      continue;
    if (take(reader, "\\\\") || take(reader, "&")) continue;
    if (ARROWS.some((arrow) => take(reader, arrow))) {
      // What follows from the rest is the answer.
      elements = [];
      continue;
    }
    if (token.value === "." && reader.position === reader.tokens.length - 1) {
      reader.position++;
      continue;
    }
    const before = reader.position;
    elements.push(readStatement(reader));
    if (reader.position === before) return unreadable(reader);
    const next = peek(reader);
    if (next !== undefined && !isSeparator(reader) && !closings.includes(next.value)) return unreadable(reader);
  }
}

function isSeparator(reader: Reader): boolean {
  const token = peek(reader);
  if (token?.type === "mark") {
    if (token.value === "." && reader.position === reader.tokens.length - 1) return true;
    return [",", ";", "and", "\\\\", "&"].includes(token.value);
  }
  return (
    token?.type === "command" && (ARROWS.includes(token.value) || token.value === "land" || token.value === "wedge")
  );
}

/** a = b ≤ c, or a value alone. */
export function readStatement(reader: Reader): Node {
  const text = readText(reader);
  if (text !== undefined && peek(reader)?.type !== "relation") return text;
  while (peek(reader)?.type === "word" && LEADING_WORDS.has((peek(reader)?.value ?? "").toLowerCase()))
    reader.position++;
  const operands: Node[] = [];
  const operators: RelationOperator[] = [];
  if (text !== undefined) operands.push(text);
  // "= 5" and "≈ 5" say 5.
  else if (peek(reader)?.type === "relation" && /^[=≈]$/.test(peek(reader)?.value ?? "")) reader.position++;
  for (;;) {
    if (operands.length === operators.length) operands.push(readText(reader) ?? readSets(reader));
    const token = peek(reader);
    if (token?.type !== "relation") break;
    if (reader.builder && token.value === "→") break;
    reader.position++;
    operators.push(token.value as RelationOperator);
    // a \\ = b, and &= in aligned lines.
    while (take(reader, "&")) continue;
    if (peek(reader) === undefined) return unreadable(reader, "a value is missing after the sign");
  }
  const [first] = operands;
  if (operators.length === 0 && first) return first;
  return settle(operands, operators);
}

/** Drops an approximation of what is exact before it; x ≈ 11 says x = 11. */
function settle(operands: readonly Node[], signs: readonly RelationOperator[]): Node {
  const modular = operands.some((operand) => operand.kind === "call" && operand.name === "mod");
  const operators = modular ? signs : signs.map((operator) => (operator === "≡" ? "=" : operator));
  const approximation = operators.indexOf("≈");
  if (approximation < 0) return { kind: "relation", operands, operators };
  const [first] = operands;
  const named = approximation === 0 && first !== undefined && isName(first);
  if (!named && operators.slice(0, approximation).every((operator) => operator === "=")) {
    const kept = operands.slice(0, approximation + 1);
    const [only] = kept;
    if (kept.length === 1 && only) return only;
    return { kind: "relation", operands: kept, operators: operators.slice(0, approximation) };
  }
  return { kind: "relation", operands, operators: operators.map((operator) => (operator === "≈" ? "=" : operator)) };
}

/** A variable, a named function's value, or text: what an equation defines. */
export const isName = (node: Node): boolean =>
  node.kind === "symbol" ||
  node.kind === "text" ||
  (node.kind === "call" &&
    node.arguments.every(({ kind }) => kind === "symbol" || kind === "number" || kind === "constant")) ||
  (node.kind === "tuple" && node.elements.every(isName)) ||
  (node.kind === "ratio" && node.parts.every(isName)) ||
  (node.kind === "product" && node.factors.every(({ kind }) => kind === "symbol" || kind === "constant"));

/** A ∪ B, A ∩ B, A ∖ B, and ratios a : b. */
function readSets(reader: Reader): Node {
  let left = readRatio(reader);
  for (;;) {
    const kind = take(reader, "cup")
      ? "union"
      : take(reader, "cap")
        ? "intersection"
        : take(reader, "setminus") || take(reader, "backslash")
          ? "difference"
          : undefined;
    if (kind === undefined) return left;
    const right = readRatio(reader);
    left =
      left.kind === kind && kind !== "difference"
        ? { kind, operands: [...left.operands, right] }
        : { kind, operands: [left, right] };
  }
}

function readRatio(reader: Reader): Node {
  const first = readSum(reader);
  if (reader.builder || (!at(reader, ":") && !at(reader, "colon"))) return first;
  const parts = [first];
  while (take(reader, ":") || take(reader, "colon")) {
    if (peek(reader) === undefined) break;
    parts.push(readSum(reader));
  }
  return parts.length === 1 ? first : { kind: "ratio", parts };
}

/** Words alone, up to the next separator or sign: they are text and no product. */
function readText(reader: Reader): Node | undefined {
  const words: string[] = [];
  let isText = false;
  for (let ahead = 0; ; ahead++) {
    const token = peek(reader, ahead);
    if (token === undefined || token.type === "relation") break;
    if (token.type === "mark" && [",", ";", "and", ")", "]", "}", "\\}", "&", "\\\\", "."].includes(token.value)) break;
    if (token.type === "word" || token.type === "text") {
      const long = token.type === "text" || token.value.length > 2 || SHORT_WORDS.has(token.value.toLowerCase());
      // x \text{ cm} is x.
      if (token.type === "text" && words.length > 0 && !isText && isUnit(token.value)) return undefined;
      isText ||= long;
    } else if (token.type !== "symbol") return undefined;
    words.push(token.value);
  }
  if (!isText || words.length === 0) return undefined;
  const [only] = words;
  // One bare word before an equation's sign is a product of letters, as a label often is: AB = 4 needs no rule, ABC = 4 does.
  reader.position += words.length;
  return { kind: "text", text: words.length === 1 && only !== undefined ? only : words.join(" ") };
}
