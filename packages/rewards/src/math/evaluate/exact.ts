// The exact rational value of a node without variables, where it has one.
import {
  add,
  binomial,
  compare,
  divide,
  factorial,
  floor,
  greatestCommonDivisor,
  isInteger,
  multiply,
  negate,
  ONE,
  power,
  type Rational,
  rational,
  ZERO,
} from "../number/rational.js";
import { MINUS_ONE, type Node } from "../read/nodes.js";

/** Terms of a sum or product that is worked out one by one. */
const MOST_TERMS = 2_000n;

type Bindings = ReadonlyMap<string, Rational>;
const NONE: Bindings = new Map();
const known = new WeakMap<Node, Rational | null>();

/** Undefined for what is irrational, has variables, or is beyond the budget. */
export function exact(node: Node, bindings: Bindings = NONE): Rational | undefined {
  if (node.kind === "number") return node.value;
  if (bindings !== NONE) return work(node, bindings);
  let value = known.get(node);
  if (value === undefined) known.set(node, (value = work(node, bindings) ?? null));
  return value ?? undefined;
}

function fold(
  nodes: readonly Node[],
  start: Rational,
  join: (a: Rational, b: Rational) => Rational | undefined,
  bindings: Bindings,
): Rational | undefined {
  let total: Rational | undefined = start;
  for (const node of nodes) {
    const value = exact(node, bindings);
    total = value && join(total, value);
    if (total === undefined) return undefined;
  }
  return total;
}

function work(node: Node, bindings: Bindings): Rational | undefined {
  switch (node.kind) {
    case "number":
      return node.value;
    case "symbol":
      return bindings.get(node.name);
    case "sum":
      return fold(node.terms, ZERO, add, bindings);
    case "product":
      return fold(node.factors, ONE, multiply, bindings);
    case "power": {
      const base = exact(node.base, bindings);
      if (base === undefined) return undefined;
      if (node.exponent === MINUS_ONE) return rational(base.denominator, base.numerator);
      const exponent = exact(node.exponent, bindings);
      return exponent && power(base, exponent);
    }
    case "percent": {
      const value = exact(node.value, bindings);
      return value && divide(value, { numerator: 100n, denominator: 1n });
    }
    case "ratio": {
      const [first, second, ...others] = node.parts;
      if (first === undefined || second === undefined || others.length > 0) return undefined;
      const [top, bottom] = [exact(first, bindings), exact(second, bindings)];
      return top && bottom && divide(top, bottom);
    }
    case "call":
      return apply(node.name, node.arguments, bindings);
    case "big":
      return node.operator === "sum" || node.operator === "product" ? series(node, bindings) : undefined;
    default:
      return undefined;
  }
}

function apply(name: string, parameters: readonly Node[], bindings: Bindings): Rational | undefined {
  const [first, second] = parameters;
  const a = first && exact(first, bindings);
  if (a === undefined) return undefined;
  switch (name) {
    case "sqrt":
      return power(a, { numerator: 1n, denominator: 2n });
    case "cbrt":
      return root(a, 3n);
    case "root": {
      const degree = second && exact(second, bindings);
      return degree && isInteger(degree) && degree.numerator > 0n ? root(a, degree.numerator) : undefined;
    }
    case "factorial":
      return factorial(a);
    case "floor":
      return { numerator: floor(a), denominator: 1n };
    case "ceil":
      return { numerator: -floor(negate(a)), denominator: 1n };
    case "abs":
      return a.numerator < 0n ? negate(a) : a;
    case "sgn":
      return { numerator: a.numerator === 0n ? 0n : a.numerator < 0n ? -1n : 1n, denominator: 1n };
    case "min":
    case "max":
      return fold(
        parameters,
        a,
        (left, right) => (compare(left, right) < 0 === (name === "min") ? left : right),
        bindings,
      );
    case "gcd":
      return fold(parameters, ZERO, greatestCommonDivisor, bindings);
    case "lcm":
      return fold(parameters, ONE, leastCommonMultiple, bindings);
    case "mod": {
      const b = second && exact(second, bindings);
      const quotient = b && divide(a, b);
      return quotient && add(a, negate(multiply(b, { numerator: floor(quotient), denominator: 1n }) ?? ZERO));
    }
    case "binom": {
      const b = second && exact(second, bindings);
      return b && binomial(a, b);
    }
    default:
      return undefined;
  }
}

/** The real root; of a negative number for an odd degree only. */
function root(value: Rational, degree: bigint): Rational | undefined {
  const exponent = { numerator: 1n, denominator: degree };
  if (value.numerator >= 0n) return power(value, exponent);
  const positive = degree % 2n === 1n ? power(negate(value), exponent) : undefined;
  return positive && negate(positive);
}

function leastCommonMultiple(a: Rational, b: Rational): Rational | undefined {
  const divisor = greatestCommonDivisor(a, b);
  const multiple = divisor && multiply(a, b);
  const quotient = multiple && divide(multiple, divisor);
  return quotient && quotient.numerator < 0n ? negate(quotient) : quotient;
}

function series(node: Node & { readonly kind: "big" }, bindings: Bindings): Rational | undefined {
  const [from, to] = [node.from && exact(node.from, bindings), node.to && exact(node.to, bindings)];
  if (from === undefined || to === undefined || !isInteger(from) || !isInteger(to)) return undefined;
  if (to.numerator - from.numerator >= MOST_TERMS) return undefined;
  const isSum = node.operator === "sum";
  let total: Rational = isSum ? ZERO : ONE;
  const inner = new Map(bindings);
  for (let index = from.numerator; index <= to.numerator; index++) {
    inner.set(node.variable, { numerator: index, denominator: 1n });
    const term = exact(node.body, inner);
    const next = term && (isSum ? add(total, term) : multiply(total, term));
    if (next === undefined) return undefined;
    total = next;
  }
  return total;
}
