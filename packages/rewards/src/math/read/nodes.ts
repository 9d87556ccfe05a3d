// What mathematics is read into: plain objects. Differences are sums with −1 times, quotients are powers of −1.
import { multiply, negate, ONE, type Rational } from "../number/rational.js";

export type Node =
  | {
      readonly kind: "number";
      readonly value: Rational;
      /** Written with a decimal point. */ readonly decimal: boolean;
    }
  | { readonly kind: "symbol"; readonly name: string }
  | { readonly kind: "constant"; readonly name: "pi" | "e" | "i" | "infinity" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "sum"; readonly terms: readonly Node[] }
  | { readonly kind: "product"; readonly factors: readonly Node[] }
  | { readonly kind: "power"; readonly base: Node; readonly exponent: Node }
  | { readonly kind: "call"; readonly name: string; readonly arguments: readonly Node[] }
  | { readonly kind: "percent"; readonly value: Node }
  /** ± x, or ∓ x where inverted. */
  | { readonly kind: "plus-minus"; readonly value: Node; readonly inverted: boolean }
  | {
      readonly kind: "big";
      readonly operator: "sum" | "product" | "integral" | "limit";
      readonly variable: string;
      readonly from?: Node;
      readonly to?: Node;
      readonly body: Node;
    }
  /** a : b : c */
  | { readonly kind: "ratio"; readonly parts: readonly Node[] }
  /** Values one after another without brackets. */
  | { readonly kind: "list"; readonly elements: readonly Node[] }
  | { readonly kind: "set"; readonly elements: readonly Node[] }
  /** In parentheses: ordered; two of them may mean an open interval. */
  | { readonly kind: "tuple"; readonly elements: readonly Node[] }
  | {
      readonly kind: "interval";
      readonly from: Node;
      readonly to: Node;
      readonly openFrom: boolean;
      readonly openTo: boolean;
    }
  | { readonly kind: "relation"; readonly operands: readonly Node[]; readonly operators: readonly RelationOperator[] }
  | { readonly kind: "matrix"; readonly rows: readonly (readonly Node[])[] }
  | { readonly kind: "union" | "intersection" | "difference"; readonly operands: readonly Node[] }
  /** { element | conditions } */
  | { readonly kind: "builder"; readonly element: Node; readonly conditions: readonly Node[] }
  | { readonly kind: "cases"; readonly rows: readonly { readonly value: Node; readonly condition?: Node }[] }
  | { readonly kind: "named-set"; readonly name: "R" | "Z" | "N" | "Q" | "C" | "empty" };

export type RelationOperator = "=" | "≠" | "<" | ">" | "≤" | "≥" | "≈" | "∈" | "∉" | "⊂" | "≡" | "→" | "∣" | "∥" | "⊥";

export const number = (value: Rational, decimal = false): Node => ({ kind: "number", value, decimal });
export const integer = (value: number | bigint): Node => number({ numerator: BigInt(value), denominator: 1n });
export const symbol = (name: string): Node => ({ kind: "symbol", name });
export const MINUS_ONE = integer(-1);
export const E: Node = { kind: "constant", name: "e" };

export function sum(terms: readonly Node[]): Node {
  const [first] = terms;
  if (terms.length === 1 && first) return first;
  return { kind: "sum", terms: terms.flatMap((term) => (term.kind === "sum" ? term.terms : [term])) };
}

export function product(factors: readonly Node[]): Node {
  const [first, second] = factors;
  if (factors.length === 1 && first) return first;
  if (factors.length === 2 && first === MINUS_ONE && second?.kind === "number") {
    return number(negate(second.value), second.decimal);
  }
  return {
    kind: "product",
    factors: factors.flatMap((factor) => (factor.kind === "product" ? factor.factors : [factor])),
  };
}

export const power = (base: Node, exponent: Node): Node => ({ kind: "power", base, exponent });
export const negated = (value: Node): Node => product([MINUS_ONE, value]);
export const difference = (left: Node, right: Node): Node => sum([left, negated(right)]);
export const quotient = (top: Node, bottom: Node): Node => product([top, power(bottom, MINUS_ONE)]);
export const call = (name: string, ...parameters: Node[]): Node => ({ kind: "call", name, arguments: parameters });

/** A number, or minus a number. */
export function literal(node: Node): Rational | undefined {
  if (node.kind === "number") return node.value;
  if (node.kind === "product" && node.factors.length === 2) {
    const [first, second] = node.factors;
    if (first?.kind === "number" && second?.kind === "number") return multiply(first.value, second.value);
  }
  return undefined;
}

export const isOne = (node: Node): boolean =>
  node.kind === "number" && node.value.numerator === ONE.numerator && node.value.denominator === ONE.denominator;

/** The direct parts of a node, in their order. */
export function children(node: Node): readonly Node[] {
  switch (node.kind) {
    case "sum":
      return node.terms;
    case "product":
      return node.factors;
    case "power":
      return [node.base, node.exponent];
    case "call":
      return node.arguments;
    case "percent":
    case "plus-minus":
      return [node.value];
    case "big":
      return [...(node.from ? [node.from] : []), ...(node.to ? [node.to] : []), node.body];
    case "ratio":
      return node.parts;
    case "list":
    case "set":
    case "tuple":
      return node.elements;
    case "interval":
      return [node.from, node.to];
    case "relation":
    case "union":
    case "intersection":
    case "difference":
      return node.operands;
    case "matrix":
      return node.rows.flat();
    case "builder":
      return [node.element, ...node.conditions];
    case "cases":
      return node.rows.flatMap(({ value, condition }) => (condition ? [value, condition] : [value]));
    default:
      return [];
  }
}

/** The node with each direct part replaced by what `change` gives for it. */
export function mapChildren(node: Node, change: (child: Node) => Node): Node {
  switch (node.kind) {
    case "sum":
      return sum(node.terms.map(change));
    case "product":
      return product(node.factors.map(change));
    case "power":
      return power(change(node.base), change(node.exponent));
    case "call":
      return { ...node, arguments: node.arguments.map(change) };
    case "percent":
    case "plus-minus":
      return { ...node, value: change(node.value) };
    case "big":
      return {
        ...node,
        ...(node.from && { from: change(node.from) }),
        ...(node.to && { to: change(node.to) }),
        body: change(node.body),
      };
    case "ratio":
      return { ...node, parts: node.parts.map(change) };
    case "list":
    case "set":
    case "tuple":
      return { ...node, elements: node.elements.map(change) };
    case "interval":
      return { ...node, from: change(node.from), to: change(node.to) };
    case "relation":
      return { ...node, operands: node.operands.map(change) };
    case "union":
    case "intersection":
    case "difference":
      return { ...node, operands: node.operands.map(change) };
    case "matrix":
      return { ...node, rows: node.rows.map((row) => row.map(change)) };
    case "builder":
      return { ...node, element: change(node.element), conditions: node.conditions.map(change) };
    case "cases":
      return {
        ...node,
        rows: node.rows.map(({ value, condition }) => ({
          value: change(value),
          ...(condition && { condition: change(condition) }),
        })),
      };
    default:
      return node;
  }
}

/** Whether the node or anything in it satisfies the test. */
export function some(node: Node, test: (node: Node) => boolean): boolean {
  return test(node) || children(node).some((child) => some(child, test));
}

/** The free variables' names. */
export function variables(node: Node, found: Set<string> = new Set()): Set<string> {
  if (node.kind === "symbol") found.add(node.name);
  else if (node.kind === "big") {
    const inner = variables(node.body);
    inner.delete(node.variable);
    for (const name of inner) found.add(name);
    if (node.from) variables(node.from, found);
    if (node.to) variables(node.to, found);
  } else for (const child of children(node)) variables(child, found);
  return found;
}

/** The node with a variable replaced. */
export function substitute(node: Node, name: string, value: Node): Node {
  if (node.kind === "symbol") return node.name === name ? value : node;
  if (node.kind === "big" && node.variable === name) return node;
  return mapChildren(node, (child) => substitute(child, name, value));
}

const keys = new WeakMap<Node, string>();

/** Equal for nodes that differ in the order of sums, products and sets only. */
export function key(node: Node): string {
  if (node.kind === "number" || node.kind === "symbol" || node.kind === "constant") return makeKey(node);
  let known = keys.get(node);
  if (known === undefined) keys.set(node, (known = makeKey(node)));
  return known;
}

function makeKey(node: Node): string {
  switch (node.kind) {
    case "number": {
      const { numerator, denominator } = node.value;
      return denominator === 1n ? numerator.toString(36) : `${numerator.toString(36)}/${denominator.toString(36)}`;
    }
    case "symbol":
      return `$${node.name}`;
    case "constant":
    case "named-set":
      return `#${node.name}`;
    case "text":
      return JSON.stringify(node.text);
    case "sum":
    case "product":
    case "set":
    case "list":
    case "union":
    case "intersection":
      return `${node.kind}(${children(node).map(key).toSorted().join(" ")})`;
    case "call":
      return `${node.name}(${node.arguments.map(key).join(" ")})`;
    case "big":
      return `${node.operator} ${node.variable}(${[node.from, node.to, node.body].map((part) => (part ? key(part) : "")).join(" ")})`;
    case "interval":
      return `interval${node.openFrom ? "(" : "["}${key(node.from)} ${key(node.to)}${node.openTo ? ")" : "]"}`;
    case "relation":
      return `relation(${node.operands.map(key).join(" ")} ${node.operators.join("")})`;
    case "matrix":
      return `matrix(${node.rows.map((row) => row.map(key).join(" ")).join(";")})`;
    case "plus-minus":
      return `${node.inverted ? "-+" : "+-"}(${key(node.value)})`;
    default:
      return `${node.kind}(${children(node).map(key).join(" ")})`;
  }
}
