// The exact rational value of a node without variables, where it has one.
import {
  absolute,
  add,
  binomial,
  compare,
  divide,
  factorial,
  floor,
  greatestCommonDivisor,
  multiply,
  negate,
  ONE,
  power,
  type Rational,
  type Result,
  whole,
  ZERO,
} from "../number/rational.js";
import type { Node } from "../read/nodes.js";

const known = new WeakMap<Node, Rational | null>();

/** Undefined for what is irrational, has variables, or is beyond the budget. */
export function exact(node: Node): Result {
  if (node.kind === "number") return node.value;
  if (node.parts.length === 0) return undefined;
  let value = known.get(node);
  if (value === undefined) known.set(node, (value = work(node) ?? null));
  return value ?? undefined;
}

type Join = (a: Rational, b: Rational) => Result;

function work(node: Node): Result {
  const { kind, name } = node;
  const join = kind === "call" ? JOINS.get(name) : kind === "sum" ? add : kind === "product" ? multiply : undefined;
  if (join) {
    let total: Result;
    for (const part of node.parts) {
      const value = exact(part);
      total = value && total ? join(total, value) : value;
      if (!total) break;
    }
    return total;
  }
  const [a, b, c] = node.parts.map(exact);
  if (a === undefined) return undefined;
  if (kind === "percent") return divide(a, whole(100n));
  if (kind === "call") return FUNCTIONS.get(name)?.(a, b);
  if (b === undefined || c) return undefined;
  return kind === "power" ? power(a, b) : kind === "ratio" && node.parts.length === 2 ? divide(a, b) : undefined;
}

/** Functions of a list. */
const JOINS: ReadonlyMap<string, Join> = new Map<string, Join>([
  ["min", (a, b) => (compare(a, b) < 0 ? a : b)],
  ["max", (a, b) => (compare(a, b) < 0 ? b : a)],
  ["gcd", greatestCommonDivisor],
  ["lcm", leastCommonMultiple],
]);

const FUNCTIONS: ReadonlyMap<string, (a: Rational, b: Result) => Result> = new Map(
  Object.entries({
    factorial,
    floor,
    ceil: (a) => negate(floor(negate(a))),
    abs: absolute,
    sgn: (a) => whole(BigInt(compare(a, ZERO))),
    mod(a, b) {
      const quotient = b && divide(a, b);
      const multiple = quotient && multiply(b, floor(quotient));
      return multiple && add(a, negate(multiple));
    },
    binom: (a, b) => b && binomial(a, b),
  } satisfies Record<string, (a: Rational, b: Result) => Result>),
);

function leastCommonMultiple(a: Rational, b: Rational): Result {
  const divisor = greatestCommonDivisor(a, b) ?? ONE;
  const factor = divide(a, divisor);
  const multiple = factor && multiply(factor, b);
  return multiple && absolute(multiple);
}
