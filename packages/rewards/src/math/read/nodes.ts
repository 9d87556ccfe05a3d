// What mathematics is read into: trees of one shape. Differences are sums with −1 times, quotients are powers of −1, and
// roots are powers of fractions.
import { compare, isOne, negate, type Rational, whole } from "../number/rational.js";

interface Tree<Kind extends string, Parts extends readonly Node[]> {
  readonly kind: Kind;
  /** What the kind leaves open: a letter, a word, a function, or signs of one character each. */
  readonly name: string;
  readonly parts: Parts;
}

/** One node or more. */
export type Nodes = readonly [Node, ...Node[]];

export type Node =
  /** Its name is "decimal" where it is written with a point. */
  | (Tree<"number", readonly []> & { readonly value: Rational })
  /** Constants are pi, e, i and infinity; sets are R, Z, N, Q, C and empty. "nothing" stands for a part that is not there. */
  | Tree<"symbol" | "constant" | "text" | "named-set" | "nothing", readonly []>
  /** By name ± or ∓. */
  | Tree<"percent" | "plus-minus", readonly [Node]>
  | Tree<"power", readonly [base: Node, exponent: Node]>
  /** Its name is the two brackets, of ( [ ) ]. */
  | Tree<"interval", readonly [from: Node, to: Node]>
  /** By name sum, prod, int or lim, over a variable. */
  | (Tree<"big", readonly [body: Node, from: Node, to: Node]> & { readonly variable: string })
  /** Its name is the signs between the parts. */
  | Tree<"relation", Nodes>
  /** { first | others } */
  | Tree<"builder", Nodes>
  | Tree<"sum" | "product" | "call" | "union" | "intersection" | "difference", Nodes>
  /** a : b : c; values without brackets, in braces, in parentheses, of which two may mean an open interval. */
  | Tree<"ratio" | "list" | "set" | "tuple", Nodes>
  /** Their parts are rows; those of cases hold a value and its condition. */
  | Tree<"matrix" | "cases" | "row", Nodes>;

export type Relation = Extract<Node, { readonly kind: "relation" }>;

/** A node of any kind that has no more than name and parts; as many parts as the kind wants. */
export const tree = (kind: Exclude<Node["kind"], "number" | "big">, parts: readonly Node[], name = ""): Node =>
  ({ kind, name, parts }) as Node;
export const number = (value: Rational, decimal = false): Node => ({
  kind: "number",
  name: decimal ? "decimal" : "",
  parts: [],
  value,
});
export const integer = (value: number | bigint): Node => number(whole(BigInt(value)));
export const symbol = (name: string): Node => tree("symbol", [], name);
export const constant = (name: "pi" | "e" | "i" | "infinity"): Node => tree("constant", [], name);
export const text = (words: string): Node => tree("text", [], words);
export const MINUS_ONE = integer(-1);
export const NOTHING = tree("nothing", []);

/** One part stands for itself, and those of the same kind are taken apart. */
const joined = (kind: "sum" | "product", parts: readonly Node[]): Node =>
  parts.length === 1 && parts[0]
    ? parts[0]
    : tree(kind, parts.some((part) => part.kind === kind) ? flat(kind, parts) : parts);

const flat = (kind: "sum" | "product", parts: readonly Node[]): readonly Node[] =>
  parts.flatMap((part): readonly Node[] => (part.kind === kind ? part.parts : [part]));

export const sum = (terms: readonly Node[]): Node => joined("sum", terms);
export const product = (factors: readonly Node[]): Node => joined("product", factors);
export const power = (base: Node, exponent: Node): Node => tree("power", [base, exponent]);
export const negated = (value: Node): Node =>
  value.kind === "number" ? number(negate(value.value), isDecimal(value)) : product([MINUS_ONE, value]);
export const difference = (left: Node, right: Node): Node => sum([left, negated(right)]);
export const quotient = (top: Node, bottom: Node): Node => product([top, power(bottom, MINUS_ONE)]);
export const call = (name: string, ...parameters: Node[]): Node => tree("call", parameters, name);

/** All numbers that leave the same remainder; it is no number. */
export const remainderClass = (value: Node, modulus: Node): Node => call("pmod", call("mod", value, modulus), modulus);

/** The last of the parts. */
export const last = ({ parts }: { readonly parts: Nodes }): Node => parts.at(-1) ?? parts[0];

/** The node with other parts. */
export const withParts = (node: Node, parts: readonly Node[]): Node =>
  node.kind === "sum" || node.kind === "product" ? joined(node.kind, parts) : ({ ...node, parts } as Node);

export const mapParts = (node: Node, change: (part: Node) => Node): Node =>
  node.parts.length === 0 ? node : withParts(node, node.parts.map(change));

/** Whether the node or anything in it satisfies the test. */
export const some = (node: Node, test: (node: Node) => boolean): boolean =>
  test(node) || node.parts.some((part) => some(part, test));

/** Whether a number in it is written with a point. */
export const isDecimal = (node: Node): boolean =>
  some(node, ({ kind, name }) => kind === "number" && name === "decimal");

export const isMinusOne = (node: Node): boolean => node.kind === "number" && isOne(negate(node.value));

/** The free variables' names. */
export function variables(node: Node, found: Set<string> = new Set()): Set<string> {
  if (node.kind === "symbol") found.add(node.name);
  else if (node.kind === "big") {
    const [body, ...bounds] = node.parts;
    for (const name of variables(body)) if (name !== node.variable) found.add(name);
    for (const bound of bounds) variables(bound, found);
  } else for (const part of node.parts) variables(part, found);
  return found;
}

/** The node with a variable replaced. */
export function substitute(node: Node, name: string, value: Node): Node {
  if (node.kind === "symbol" && node.name === name) return value;
  if (node.kind === "big" && node.variable === name) return node;
  return mapParts(node, (part) => substitute(part, name, value));
}

/** Whether nodes are the same but for the order of sums, products and sets. */
export function isSame(a: Node, b: Node): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.parts.length !== b.parts.length) return false;
  if (a.kind === "big") return key(a) === key(b);
  if (a.kind === "number" && b.kind === "number") return compare(a.value, b.value) === 0;
  const inOrder = a.name === b.name && a.parts.every((part, index) => isSame(part, b.parts[index] ?? part));
  return inOrder || (UNORDERED.has(a.kind) && key(a) === key(b));
}

const UNORDERED = new Set(["sum", "product", "set", "list", "union", "intersection"]);
/** The same for nodes that are the same. */
export function key(node: Node): string {
  if (node.parts.length === 0) return leafKey(node);
  const parts = node.parts.map(key);
  if (UNORDERED.has(node.kind)) parts.sort();
  const name = node.kind === "big" ? `${node.name} ${node.variable}` : node.name;
  return `${node.kind} ${name}(${parts.join(" ")})`;
}

function leafKey(node: Node): string {
  if (node.kind === "text") return JSON.stringify(node.name);
  if (node.kind !== "number") return (node.kind === "symbol" ? "$" : "#") + node.name;
  const { numerator, denominator } = node.value;
  return denominator === 1n ? numerator.toString(36) : `${numerator.toString(36)}/${denominator.toString(36)}`;
}
