// The state of one reading: tokens, the place in them, and the rules that the grammar's files share.
import { DEPTH, LimitError, UnreadableError } from "../limits.js";
import type { Node, Nodes } from "./nodes.js";
import type { Token } from "./tokens.js";

/** How a text is read. */
export interface ReadOptions {
  /** Whether `x` and `X` are two variables. */
  readonly caseSensitive: boolean;
  /** Whether `1,234` is one number where no list is more likely. */
  readonly thousands: boolean;
  /** Whether shorthands such as `\frac12` and `\sqrt3` are understood. */
  readonly shorthands: boolean;
  /** Whether `3e5` is 300000. */
  readonly scientific: boolean;
  /** Whether angles in degrees count as such inside trigonometric functions. */
  readonly degrees: boolean;
  /** Whether f^{-1}(x) is the inverse function's value and not 1/f(x). */
  readonly inverses: boolean;
  /** Whether an answer that ends in a unit ends at its first one: of "5 ft, 60 in" the 5 is left. */
  readonly firstUnitEnds: boolean;
}

/** The parts of the grammar that call each other, so that its files need not import in circles. */
export interface Grammar {
  /** Values one after another, up to a closing mark or the end. */
  elements(
    reader: Reader,
    closings: readonly string[],
  ): { readonly elements: Node[]; readonly end: string | undefined };
  /** A value with relations to others, or a set. */
  statement(reader: Reader): Node;
  sum(reader: Reader): Node;
  product(reader: Reader): Node;
  /** A value with its powers, subscripts and factorials. */
  postfix(reader: Reader): Node;
  /** What stands after ^ or _. */
  script(reader: Reader): Node;
  primary(reader: Reader): Node;
  /** A command's argument. */
  argument(reader: Reader): Node;
}

export interface Reader {
  readonly grammar: Grammar;
  /** Words are split into letters where they turn out to be a product. */
  readonly tokens: Token[];
  readonly options: ReadOptions;
  /** Whether space follows a comma anywhere, which separates no thousands. */
  readonly hasListComma: boolean;
  position: number;
  depth: number;
  /** Open brackets in which a comma separates elements. */
  brackets: number;
  /** Open | … |. */
  bars: number;
  /** Inside ] … [, where [ closes. */
  reversed: boolean;
  /** Inside the element of { element | condition }. */
  builder: boolean;
  /** Whether a degree sign was read in the argument at hand. */
  sawDegrees: boolean;
  /** Whether a word that stands apart was read as a product, as in prose. */
  sawProse: boolean;
  /** What stands between elements: "and", "or" or, where it is a comma, nothing. */
  connective: string;
  /** Whether a comma was read as a thousands separator. */
  sawThousands: boolean;
  /** The units that were read, as written. */
  readonly units: string[];
}

/** The token `ahead` places on. */
export function peek(reader: Reader, ahead = 0): Token | undefined {
  return reader.tokens[reader.position + ahead];
}

/** The next token's mark, or nothing where it is none. */
export function markAt(reader: Reader): string {
  const token = reader.tokens[reader.position];
  return token?.type === "mark" ? token.value : "";
}

/** Whether the next token is this mark. */
export function at(reader: Reader, value: string, ahead = 0): boolean {
  const token = reader.tokens[reader.position + ahead];
  return token !== undefined && token.value === value && token.type === "mark";
}

/** 1 for a mark that opens a bracket, −1 for one that closes it. */
export function bracketStep({ type, value }: Token): number {
  if (type !== "mark") return 0;
  if (value === "(" || value === "[" || value === "{" || value === "\\{") return 1;
  return value === ")" || value === "]" || value === "}" || value === "\\}" ? -1 : 0;
}

/** Takes the next token if it is this mark. */
export function take(reader: Reader, value: string): boolean {
  if (!at(reader, value)) return false;
  reader.position++;
  return true;
}

/** Takes the next tokens if they are these, which spaces separate. */
export function takeAll(reader: Reader, values: string): boolean {
  // Most often the first one decides.
  if (!values.startsWith(peek(reader)?.value ?? "\n")) return false;
  const wanted = values.split(" ");
  if (!wanted.every((value, index) => peek(reader, index)?.value === value)) return false;
  reader.position += wanted.length;
  return true;
}

/** @throws UnreadableError unless the next token is this mark. */
export function expect(reader: Reader, value: string): void {
  if (!take(reader, value)) unreadable(reader, `"${value}" is missing`);
}

export function unreadable(reader: Reader, what = "this is not understood"): never {
  const near = reader.tokens.slice(reader.position, reader.position + 3).map(({ value }) => value);
  throw new UnreadableError(near.length === 0 ? `${what} at the end` : `${what} at ${near.join(" ")}`);
}

/** Runs a part of the grammar one level deeper. @throws LimitError beyond the allowed depth. */
export function nested<T>(reader: Reader, read: () => T): T {
  if (++reader.depth > DEPTH) throw new LimitError("the answer is nested too deeply");
  try {
    return read();
  } finally {
    reader.depth--;
  }
}

/** Runs a part inside brackets: bars, set-builders and thousands separators of the outside do not reach in. */
export function bracketed<T>(reader: Reader, commas: boolean, read: () => T): T {
  const { bars, builder, brackets, reversed } = reader;
  reader.bars = 0;
  reader.reversed = false;
  reader.builder = false;
  reader.brackets = commas ? brackets + 1 : brackets;
  const result = nested(reader, read);
  reader.bars = bars;
  reader.builder = builder;
  reader.brackets = brackets;
  reader.reversed = reversed;
  return result;
}

/** Elements in brackets, up to one of the closing marks. @throws UnreadableError where there are none, or no end. */
export function readEnclosed(
  reader: Reader,
  ...closings: readonly string[]
): { readonly elements: Nodes; readonly end: string } {
  const { elements, end } = bracketed(reader, true, () => reader.grammar.elements(reader, closings));
  const [first, ...others] = elements;
  if (end === undefined || first === undefined) return unreadable(reader, "a bracket stays open or is empty");
  return { elements: [first, ...others], end };
}

/** What stands after _ and ^, in any order. */
export function readScripts(
  reader: Reader,
  readBelow: (reader: Reader) => Node = reader.grammar.script,
): readonly [below: Node | undefined, above: Node | undefined] {
  let below: Node | undefined;
  let above: Node | undefined;
  for (;;) {
    if (below === undefined && take(reader, "_")) below = readBelow(reader);
    else if (above === undefined && take(reader, "^")) above = reader.grammar.script(reader);
    else return [below, above];
  }
}
