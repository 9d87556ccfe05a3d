// Values in brackets: groups, sets, tuples, intervals, and functions that are written as brackets.
import { call, type Node, tree } from "./nodes.js";
import { at, bracketed, bracketStep, expect, nested, peek, type Reader, take, takeAll, unreadable } from "./reader.js";
import { canStart } from "./starts.js";

export const EMPTY = tree("named-set", [], "empty");

/** Brackets around one value by what opens them: what closes them, and the function of what is inside. */
const ENCLOSING: ReadonlyMap<string, readonly [close: string, name: string]> = new Map(
  Object.entries({
    "⌊": ["⌋", "floor"],
    "⌈": ["⌉", "ceil"],
    lvert: ["rvert", "abs"],
    lVert: ["rVert", "norm"],
    "|": ["|", "abs"],
    "\\|": ["\\|", "norm"],
  } as const),
);

/** What a mark opens. @throws UnreadableError where it opens nothing. */
export function readMark(reader: Reader, mark: string): Node {
  switch (mark) {
    case "(":
    case "[":
    case "]":
      return readBracket(reader, mark);
    case "{":
      return readGroup(reader);
    case "\\{":
      // \left\{ \begin{array} … \right.
      return at(reader, "begin") && /^(?:array|aligned|cases|gathered)$/.test(peek(reader, 2)?.value ?? "")
        ? reader.grammar.primary(reader)
        : readSet(reader, "\\}");
  }
  const [close, name] = ENCLOSING.get(mark) ?? [];
  if (close === undefined || name === undefined) {
    reader.position--;
    return unreadable(reader);
  }
  if (mark === "|" && take(reader, "|")) {
    const inner = readInside(reader, true);
    if (!takeAll(reader, "| |")) return unreadable(reader, '"||" is missing');
    return call("norm", inner);
  }
  const inner = readInside(reader, close === mark);
  expect(reader, close);
  return call(inner.kind === "matrix" && name === "abs" ? "det" : name, inner);
}

/** Between bars, another bar closes; other brackets keep bars apart. */
function readInside(reader: Reader, bars: boolean): Node {
  if (!bars) return bracketed(reader, false, () => reader.grammar.sum(reader));
  reader.bars++;
  const inner = nested(reader, () => reader.grammar.sum(reader));
  reader.bars--;
  return inner;
}

/** What TeX groups: a value, a set where commas are in it, or n \choose k. */
function readGroup(reader: Reader): Node {
  return bracketed(reader, false, () => {
    if (holdsComma(reader)) reader.brackets++;
    const { elements, end } = reader.grammar.elements(reader, ["}"]);
    if (end === undefined) return unreadable(reader, '"}" is missing');
    const [first] = elements;
    if (first === undefined) return emptyGroup(reader);
    return elements.length === 1 ? first : tree("set", elements);
  });
}

/** {} before something else is nothing. */
function emptyGroup(reader: Reader): Node {
  const token = peek(reader);
  if (token === undefined || !canStart(reader, token)) return unreadable(reader, "a group is empty");
  return reader.grammar.postfix(reader);
}

/** Whether a comma stands in the group at hand, outside inner brackets. Thousands look the same, unless space follows. */
function holdsComma(reader: Reader): boolean {
  let depth = 0;
  for (let ahead = 0; reader.hasListComma; ahead++) {
    const token = peek(reader, ahead);
    if (token === undefined) return false;
    depth += bracketStep(token);
    if (depth < 0) return false;
    if (depth === 0 && token.value === "," && peek(reader, ahead + 1)?.space) return true;
  }
  return false;
}

/** ( … ), [ … ], ] … [ and the half-open ones. */
function readBracket(reader: Reader, open: string): Node {
  const closings = open === "]" ? ["[", "]"] : open === "[" ? [")", "]", "["] : [")", "]"];
  const { elements, end } = bracketed(reader, true, () => {
    reader.reversed = open === "]";
    return reader.grammar.elements(reader, closings);
  });
  if (end === undefined) return unreadable(reader, "a bracket stays open");
  const [from] = elements;
  if (from === undefined) return unreadable(reader, "the brackets are empty");
  const closes = end === "]";
  if (open === "(" && end === ")") return elements.length === 1 ? from : tree("tuple", elements);
  if (elements.length === 2 && from.kind !== "relation")
    return tree("interval", elements, (open === "[" ? "[" : "(") + (closes ? "]" : ")"));
  if (open !== "[" || !closes) return unreadable(reader, "the brackets do not fit");
  return elements.length === 1 ? from : tree("tuple", elements);
}

/** { a, b } and { element | conditions }. */
function readSet(reader: Reader, close: string): Node {
  return bracketed(reader, true, () => {
    reader.builder = true;
    const { elements, end } = reader.grammar.elements(reader, [close, "|", ":"]);
    if (end === close) return elements.length === 0 ? EMPTY : tree("set", elements);
    reader.builder = false;
    const conditions = reader.grammar.elements(reader, [close]);
    if (conditions.end === undefined || elements.length !== 1) return unreadable(reader, "a brace stays open");
    return tree("builder", [...elements, ...conditions.elements]);
  });
}
