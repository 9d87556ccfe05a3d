// Reads an answer: one value, relation, set or list of them.
import { UnreadableError } from "../limits.js";
import { createReader } from "./create-reader.js";
import { readElements } from "./lists.js";
import { integer, last, type Node, tree, withParts } from "./nodes.js";
import type { ReadOptions } from "./reader.js";
import { type Token, tokenize } from "./tokens.js";

/** What was read, and how. */
export interface Reading {
  readonly node: Node;
  /** Units that were left out, as written. */
  readonly units: readonly string[];
  /** Whether words that stand apart were read as products, which a sentence's are not. */
  readonly prose: boolean;
  /** The other reading where a comma between digits may separate thousands or elements. */
  readonly asList?: Node;
}

/** @throws UnreadableError where the text is no mathematics, LimitError where it is beyond the bounds. */
export function read(text: string, options: ReadOptions): Reading {
  // Most answers are whole numbers.
  if (/^-?\d{1,15}$/.test(text)) return { node: integer(Number(text)), units: [], prose: false };
  const tokens = withoutEnd(tokenize(options.firstUnitEnds ? untilUnit(text) : text, options.scientific));
  if (tokens.length === 0) throw new UnreadableError("there is nothing in it");
  try {
    return readTokens(tokens, options);
  } catch (thrown) {
    const side = thrown instanceof UnreadableError ? lastSide(tokens) : undefined;
    if (side === undefined) throw thrown;
    return readTokens(side, options);
  }
}

const LAST_UNIT =
  /\\(?:text|mbox|mathrm|textrm|textnormal)\s*\{(?![~\s]*[eid]?\s*\})[^{}]*[A-Za-z][^{}]*\}(?:\^\d|\^\{\d\})?\s*$/;
const FIRST_UNIT = /\\(?:text|mbox|mathrm|textrm|textnormal)\s*\{(?!\s*(?:and|or)\s*\})/;

/** As Math-Verify takes units away. */
function untilUnit(text: string): string {
  const before = LAST_UNIT.test(text) ? text.slice(0, FIRST_UNIT.exec(text)?.index) : text;
  return before.trim() === "" ? text : before;
}

function readTokens(tokens: readonly Token[], options: ReadOptions): Reading {
  const reader = createReader(tokens, options);
  const { elements } = readElements(reader, []);
  const node = joined(elements, reader.connective);
  if (!reader.sawThousands) return { node, units: reader.units, prose: reader.sawProse };
  const second = createReader(tokens, { ...options, thousands: false });
  return {
    node,
    units: reader.units,
    prose: reader.sawProse,
    asList: joined(readElements(second, []).elements, reader.connective),
  };
}

function joined(elements: readonly Node[], connective: string): Node {
  const [first, ...others] = elements.flatMap((element) => (element.kind === "list" ? element.parts : [element]));
  if (first === undefined) throw new UnreadableError("there is nothing in it");
  if (others.length === 0) return first;
  // n = 1, 2, 3
  if (first.kind === "relation" && others.every(({ kind }) => kind !== "relation" && kind !== "text")) {
    if (/^=+$/.test(first.name)) {
      return withParts(first, [...first.parts.slice(0, -1), tree("set", [last(first), ...others])]);
    }
  }
  const all = [first, ...others];
  return tree("list", all, all.every(({ kind, name }) => kind === "relation" && /[^=]/.test(name)) ? connective : "");
}

/** Without punctuation at the end of a sentence. */
function withoutEnd(tokens: readonly Token[]): readonly Token[] {
  let end = tokens.length;
  while (end > 0 && tokens[end - 1]?.type === "mark" && /^(?:[.,;:?]|\\\\|and|or)$/.test(tokens[end - 1]?.value ?? ""))
    end--;
  return end === tokens.length ? tokens : tokens.slice(0, end);
}

/** The last side of a chain of equations that as a whole cannot be read. */
function lastSide(tokens: readonly Token[]): readonly Token[] | undefined {
  const signs = tokens.flatMap(({ type, value }, index) => (type === "relation" && value === "=" ? [index] : []));
  const end = signs.at(-1);
  if (signs.length < 2 || end === undefined || tokens.some(({ value }) => value === "," || value === ";"))
    return undefined;
  return end + 1 < tokens.length ? tokens.slice(end + 1) : undefined;
}
