// Equality of single values: exact rationals first, then complex samples at points that both sides share.
import { exact } from "../evaluate/exact.js";
import { type Evaluation, evaluation } from "../evaluate/evaluation.js";
import { evaluate, pseudoRandom } from "../evaluate/numeric.js";
import { type Complex, exactly, magnitude } from "../number/complex.js";
import {
  add,
  compare,
  divide,
  equal,
  floor,
  logMagnitude,
  multiply,
  negate,
  type Rational,
  toNumber,
} from "../number/rational.js";
import { children, key, literal, type Node, some, substitute, symbol, variables } from "../read/nodes.js";
import type { Comparison } from "./comparison.js";

/** Relative difference that floating-point evaluation may leave. */
const TOLERANCE = 1e-9;
const SAMPLES = 12;
/** Samples that must agree. */
const NEEDED = 2;
/** Calls whose value changes only from integer to integer, or only far out. */
const STEPPED = /^(?:floor|ceil|abs|min|max|mod|factorial|binom|gcd|lcm|sgn|doublefactorial)$/;

const isDecimal = (node: Node): boolean => some(node, (part) => part.kind === "number" && part.decimal);

/** Whether two values are equal under the options. */
export function equalValues(gold: Node, answer: Node, comparison: Comparison): boolean {
  const { options } = comparison;
  if (options.percent === "lenient" && (gold.kind === "percent" || answer.kind === "percent")) {
    const [a, b] = [gold.kind === "percent" ? gold.value : gold, answer.kind === "percent" ? answer.value : answer];
    if (equalExactly(a, b, comparison)) return true;
  }
  return equalExactly(gold, answer, comparison);
}

function equalExactly(gold: Node, answer: Node, comparison: Comparison): boolean {
  const [left, right] = [exact(gold), exact(answer)];
  if (left && right) {
    if (equal(left, right)) return decided(comparison, "exact");
    if (!isDecimal(gold) && !isDecimal(answer)) return false;
    return closeEnough(left, right, gold, answer, comparison) && decided(comparison, "decimal");
  }
  const [goldNames, answerNames] = [variables(gold), variables(answer)];
  if (goldNames.size === 0 && answerNames.size === 0) return equalConstants(gold, answer, comparison);
  if (!comparison.options.strictVariables && goldNames.size === answerNames.size) {
    const renamed = rename(answer, [...answerNames].toSorted(), [...goldNames].toSorted());
    if (sampled(gold, renamed, goldNames, comparison)) return decided(comparison, "sampled");
  }
  for (const name of answerNames) goldNames.add(name);
  return sampled(gold, answer, goldNames, comparison) && decided(comparison, "sampled");
}

function rename(node: Node, from: readonly string[], to: readonly string[]): Node {
  const apart = from.reduce((changed, name, index) => substitute(changed, name, symbol(`\u0000${index}`)), node);
  return to.reduce((changed, name, index) => substitute(changed, `\u0000${index}`, symbol(name)), apart);
}

function decided(comparison: Comparison, rule: Comparison["rule"]): true {
  comparison.rule = rule;
  return true;
}

/** Equality of two different rationals, one of which is written as a decimal. */
function closeEnough(gold: Rational, answer: Rational, node: Node, other: Node, { options }: Comparison): boolean {
  const difference = add(gold, negate(answer));
  if (difference === undefined) return false;
  const gap = difference.numerator < 0n ? negate(difference) : difference;
  if (options.decimals === "rounded") {
    const written = isWritten(node) || isWritten(other);
    return written && roundedEqual(gold, answer, options.decimalPlaces);
  }
  if (options.decimals === "from-gold") {
    const places = decimalPlaces(node);
    if (places !== undefined) {
      return compare(gap, { numerator: 1n, denominator: 2n * 10n ** BigInt(places) }) <= 0;
    }
  }
  // Two decimals that differ in their last written place are two numbers, however small that is beside them.
  const places = [decimalPlaces(node), decimalPlaces(other)].filter((count) => count !== undefined);
  if (places.length > 0 && compare(gap, { numerator: 1n, denominator: 2n * 10n ** BigInt(Math.min(...places)) }) > 0)
    return false;
  const size = divide(gap, gold.numerator === 0n ? answer : gold);
  return size !== undefined && Math.abs(toNumber(size)) <= options.tolerance * (1 + 1e-9);
}

/** A number as it is written, or a percentage of one. */
const isWritten = (node: Node): boolean => literal(node.kind === "percent" ? node.value : node) !== undefined;

function roundedEqual(a: Rational, b: Rational, places: number): boolean {
  const scale = { numerator: 10n ** BigInt(places), denominator: 1n };
  const half = { numerator: 1n, denominator: 2n };
  const round = (value: Rational): bigint | undefined => {
    const scaled = multiply(value, scale);
    const shifted = scaled && add(scaled, half);
    return shifted && floor(shifted);
  };
  return round(a) === round(b);
}

/** Digits after the point of a decimal as it is written. */
function decimalPlaces(node: Node): number | undefined {
  const value = literal(node);
  if (value === undefined || !isDecimal(node)) return undefined;
  let { denominator } = value;
  let places = 0;
  while (denominator > 1n && places < 30) {
    denominator =
      denominator % 10n === 0n
        ? denominator / 10n
        : denominator % 5n === 0n
          ? denominator / 5n
          : (denominator + 1n) / 2n;
    places++;
  }
  return places;
}

function equalConstants(gold: Node, answer: Node, comparison: Comparison): boolean {
  const { options } = comparison;
  const decimal = isDecimal(gold) || isDecimal(answer);
  const roots = mentionsRoots(gold) || mentionsRoots(answer) ? [true, false] : [true];
  for (const realRoots of roots) {
    const [left, right] = [
      evaluate(gold, evaluation(new Map(), realRoots)),
      evaluate(answer, evaluation(new Map(), realRoots)),
    ];
    if (left === undefined || right === undefined || isTiny(left) || isTiny(right)) {
      if (left === undefined && right === undefined)
        return equalMagnitudes(gold, answer) && decided(comparison, "magnitude");
      if (left === undefined || right === undefined) continue;
      return equalMagnitudes(gold, answer) && decided(comparison, "magnitude");
    }
    if (agree(left, right, TOLERANCE) === true) return decided(comparison, "numeric");
    if (!decimal) continue;
    if (options.decimals === "relative" && agree(left, right, options.tolerance * (1 + 1e-9)) === true)
      return decided(comparison, "decimal");
    const isLiteral = literal(gold) !== undefined || literal(answer) !== undefined;
    if (options.decimals === "rounded" && isLiteral && left.im === 0 && right.im === 0) {
      const scale = 10 ** options.decimalPlaces;
      if (Math.round(left.re * scale) === Math.round(right.re * scale)) return decided(comparison, "decimal");
    }
    if (options.decimals === "from-gold") {
      const places = decimalPlaces(gold);
      const gap = Math.hypot(left.re - right.re, left.im - right.im);
      if (places !== undefined && gap <= 0.5 * 10 ** -places) return decided(comparison, "decimal");
      if (places === undefined && agree(left, right, options.tolerance) === true) return decided(comparison, "decimal");
    }
  }
  return false;
}

const isTiny = (value: Complex): boolean => {
  const size = magnitude(value);
  return size !== 0 && size < 1e-290;
};

const mentionsRoots = (node: Node): boolean =>
  some(
    node,
    (part) =>
      (part.kind === "power" && part.exponent.kind !== "number") || (part.kind === "call" && part.name === "root"),
  );

/**
 * True where the values agree, false where they differ, undefined where rounding leaves too little to tell.
 */
function agree(a: Complex, b: Complex, tolerance: number): boolean | undefined {
  const gap = a.im === 0 && b.im === 0 ? Math.abs(a.re - b.re) : Math.hypot(a.re - b.re, a.im - b.im);
  const size = Math.max(magnitude(a), magnitude(b));
  const noise = 4 * (a.error + b.error);
  if (size !== 0 && size < 1e-290) return undefined;
  if (gap > tolerance * size + noise) return false;
  return noise > 1e-6 * size && noise > 1e-9 ? undefined : true;
}

function sampled(gold: Node, answer: Node, names: ReadonlySet<string>, comparison: Comparison): boolean {
  const stepped = (node: Node): boolean =>
    node.kind === "call" && STEPPED.test(node.name) && [...variables(node)].some((name) => names.has(name));
  const whole = some(gold, stepped) || some(answer, stepped);
  const counts = new Set([...boundNames(gold), ...boundNames(answer)]);
  const roots = mentionsRoots(gold) || mentionsRoots(answer) ? [true, false] : [true];
  const loose = comparison.options.decimals === "relative" && (isDecimal(gold) || isDecimal(answer));
  const tolerance = loose ? Math.max(TOLERANCE, comparison.options.tolerance) : TOLERANCE;
  return roots.some((realRoots) => agreesAtPoints(gold, answer, names, { whole, counts, realRoots, tolerance }));
}

/** Variables in the bounds of sums and products, which count and so are whole. */
function boundNames(node: Node): string[] {
  if (node.kind === "big" && (node.operator === "sum" || node.operator === "product")) {
    return [node.from, node.to].flatMap((bound) => (bound ? [...variables(bound)] : [])).concat(boundNames(node.body));
  }
  return children(node).flatMap(boundNames);
}

interface Sampling {
  readonly whole: boolean;
  readonly counts: ReadonlySet<string>;
  readonly realRoots: boolean;
  readonly tolerance: number;
}

function agreesAtPoints(
  gold: Node,
  answer: Node,
  names: ReadonlySet<string>,
  { whole, counts, realRoots, tolerance }: Sampling,
): boolean {
  let agreed = 0;
  const points = whole ? 2 * SAMPLES : SAMPLES;
  const budget: Evaluation = evaluation(new Map(), realRoots);
  for (let point = 0; point < points; point++) {
    budget.values.clear();
    for (const name of names)
      budget.values.set(name, exactly(counts.has(name) ? point + 1 : sample(name, point, whole)));
    const left = evaluate(gold, budget);
    const right = evaluate(answer, budget);
    // Where only one side has a value, the two are different functions.
    if ((left === undefined) !== (right === undefined)) return false;
    if (left === undefined || right === undefined) {
      if (point >= 5 && agreed === 0) return false;
      continue;
    }
    const same = agree(left, right, tolerance);
    if (same === false) return false;
    if (same === true) agreed++;
  }
  return agreed >= NEEDED;
}

/** A variable's value at a point: signed; of the later points some are whole, some large. */
function sample(name: string, point: number, whole: boolean): number {
  const value = pseudoRandom(`${point}:${name}`);
  if (!whole || point < 6) return value;
  if (point % 3 === 0) return Math.trunc(Math.abs(value) * 5) + 1;
  return point % 3 === 1 ? value * 40 : Math.trunc(value * 9);
}

/** The logarithm of a constant beyond the range of floating-point numbers. */
function logarithm(node: Node): { readonly sign: number; readonly log: number } | undefined {
  const value = exact(node);
  if (value)
    return value.numerator === 0n ? undefined : { sign: value.numerator < 0n ? -1 : 1, log: logMagnitude(value) };
  switch (node.kind) {
    case "constant":
      if (node.name === "e") return { sign: 1, log: 1 };
      return node.name === "pi" ? { sign: 1, log: Math.log(Math.PI) } : undefined;
    case "product": {
      let [sign, log] = [1, 0];
      for (const factor of node.factors) {
        const part = logarithm(factor);
        if (part === undefined) return undefined;
        sign *= part.sign;
        log += part.log;
      }
      return { sign, log };
    }
    case "power": {
      const base = logarithm(node.base);
      const exponent = evaluate(node.exponent, evaluation());
      if (base === undefined || exponent === undefined || exponent.im !== 0 || base.sign < 0) return undefined;
      return { sign: 1, log: base.log * exponent.re };
    }
    case "call": {
      const [first] = node.arguments;
      const parameter = node.name === "factorial" && first ? evaluate(first, evaluation()) : undefined;
      if (parameter === undefined || parameter.im !== 0 || parameter.re < 100) return undefined;
      // Stirling's series.
      const n = parameter.re;
      return { sign: 1, log: n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + 1 / (12 * n) };
    }
    default: {
      const plain = evaluate(node, evaluation());
      return plain && plain.im === 0 && plain.re !== 0
        ? { sign: Math.sign(plain.re), log: Math.log(Math.abs(plain.re)) }
        : undefined;
    }
  }
}

function equalMagnitudes(gold: Node, answer: Node): boolean {
  if (key(gold) === key(answer)) return !hasNoValue(gold);
  const [left, right] = [logarithm(gold), logarithm(answer)];
  if (left === undefined || right === undefined || left.sign !== right.sign) return false;
  // Logarithms of this size tell numbers apart only where their last digits do.
  return Math.abs(left.log) < 1e12 && Math.abs(left.log - right.log) <= 1e-13 * Math.abs(left.log);
}

/** Whether a constant is written that has no value, such as 1/0. */
export function hasNoValue(node: Node): boolean {
  if (node.kind === "power" && node.exponent.kind === "number" && node.exponent.value.numerator < 0n) {
    const base = exact(node.base);
    if (base && base.numerator === 0n) return true;
  }
  return some(node, (part) => part !== node && hasNoValue(part));
}
