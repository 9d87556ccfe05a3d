// Equality of single values: exact rationals first, then complex samples at points that both sides share.
import { evaluation, pseudoRandom, withEitherRoot } from "../evaluate/evaluation.js";
import { EVALUATION_STEPS } from "../limits.js";
import { exact } from "../evaluate/exact.js";
import { evaluate } from "../evaluate/numeric.js";
import { add, type Complex, exactly, magnitude, subtract } from "../number/complex.js";
import { compare, logMagnitude, negate, type Rational, toNumber, add as addExactly } from "../number/rational.js";
import { isDecimal, isSame, type Node, some, substitute, symbol, variables } from "../read/nodes.js";
import type { Comparison } from "./comparison.js";

/** Relative difference that floating-point evaluation may leave. */
const TOLERANCE = 1e-9;
const SAMPLES = 12;
/** Samples that must agree. */
const NEEDED = 2;
/** Calls whose value changes only from integer to integer, or only far out. */
const STEPPED = /^(?:floor|ceil|abs|min|max|mod|factorial|binom|gcd|lcm|sgn|doublefactorial)$/;

const withoutPercent = (node: Node): Node => (node.kind === "percent" ? node.parts[0] : node);

/** Whether two values are equal under the options. */
export function equalValues(gold: Node, answer: Node, comparison: Comparison): boolean {
  const rule =
    equalAs(gold, answer, comparison) ??
    (comparison.options.percent === "lenient"
      ? equalAs(withoutPercent(gold), withoutPercent(answer), comparison)
      : undefined);
  if (rule !== undefined) comparison.rule = rule;
  return rule !== undefined;
}

/** What makes them equal, if they are. */
function equalAs(gold: Node, answer: Node, comparison: Comparison): Comparison["rule"] | undefined {
  const [left, right] = [exact(gold), exact(answer)];
  if (left && right) {
    if (compare(left, right) === 0) return "exact";
    if (!isDecimal(gold) && !isDecimal(answer)) return undefined;
    const gap = addExactly(left, negate(right));
    const [a, b] = [exactly(toNumber(left)), exactly(toNumber(right))];
    return gap && isClose(a, b, Math.abs(toNumber(gap)), gold, answer, comparison) ? "decimal" : undefined;
  }
  const [names, others] = [variables(gold), variables(answer)];
  if (names.size === 0 && others.size === 0) return equalConstants(gold, answer, comparison);
  const renamed =
    !comparison.options.strictVariables && names.size === others.size ? rename(answer, others, names) : answer;
  return isSampledEqual(gold, renamed, comparison) || (renamed !== answer && isSampledEqual(gold, answer, comparison))
    ? "sampled"
    : undefined;
}

/** Variables matched by their order, over names that neither side has. */
function rename(node: Node, from: ReadonlySet<string>, to: ReadonlySet<string>): Node {
  const replaced = (changed: Node, names: readonly string[], by: readonly string[]): Node =>
    names.reduce((whole, name, index) => substitute(whole, name, symbol(by[index] ?? name)), changed);
  const between = [...from].map((_, index) => `\u0000${index}`);
  return replaced(replaced(node, [...from].toSorted(), between), between, [...to].toSorted());
}

/** Whether two different values, of which one is written as a decimal, are close enough under the options. */
function isClose(
  left: Complex,
  right: Complex,
  gap: number,
  gold: Node,
  answer: Node,
  { options }: Comparison,
): boolean {
  if (options.decimals === "rounded") {
    const isWritten = [gold, answer].some((node) => withoutPercent(node).kind === "number");
    const [a, b] = [left, right].map(({ re }) => Math.round(re * 10 ** options.decimalPlaces));
    return isWritten && a === b && left.im === 0 && right.im === 0;
  }
  // Two decimals that differ in their last written place are two numbers, however small that is beside them.
  const units = [gold, answer].flatMap((node) =>
    node.kind === "number" && isDecimal(node) ? [(0.5 + TOLERANCE) * 10 ** -decimalPlaces(node.value)] : [],
  );
  const [first = Infinity, second = 0] = units;
  if (options.decimals === "from-gold" && gold.kind === "number" && isDecimal(gold)) return gap <= first;
  return (
    gap <= Math.max(first, second) &&
    gap <= options.tolerance * magnitude(left.re === 0 && left.im === 0 ? right : left) * (1 + TOLERANCE)
  );
}

/** Digits after the point of a decimal as it is written. */
function decimalPlaces({ denominator }: Rational): number {
  let places = 0;
  while (places < 30 && 10n ** BigInt(places) % denominator !== 0n) places++;
  return places;
}

const equalConstants = (gold: Node, answer: Node, comparison: Comparison): Comparison["rule"] | undefined =>
  withEitherRoot((run) => {
    const left = evaluate(gold, run);
    run.steps = EVALUATION_STEPS;
    const right = evaluate(answer, run);
    if (left && right && !isTiny(left) && !isTiny(right)) {
      if (agree(left, right, TOLERANCE) === true) return "numeric";
      const gap = magnitude(subtract(left, right));
      const isRounded = isDecimal(gold) || isDecimal(answer);
      return isRounded && isClose(left, right, gap, gold, answer, comparison) ? "decimal" : undefined;
    }
    return (left === undefined) === (right === undefined) && equalMagnitudes(gold, answer) ? "magnitude" : undefined;
  });

const isTiny = (value: Complex): boolean => magnitude(value) !== 0 && magnitude(value) < 1e-290;

/** True where the values agree, false where they differ, undefined where rounding leaves too little to tell. */
function agree(a: Complex, b: Complex, tolerance: number): boolean | undefined {
  const size = Math.max(magnitude(a), magnitude(b));
  const noise = 4 * (a.error + b.error);
  if (size !== 0 && size < 1e-290) return undefined;
  if (Math.hypot(a.re - b.re, a.im - b.im) > tolerance * size + noise) return false;
  return noise > 1e-6 * size && noise > 1e-9 ? undefined : true;
}

function isSampledEqual(gold: Node, answer: Node, { options }: Comparison): boolean {
  const names = variables(gold, variables(answer));
  const isStepped = [gold, answer].some((node) =>
    some(
      node,
      (part) => part.kind === "call" && STEPPED.test(part.name) && [...variables(part)].some((name) => names.has(name)),
    ),
  );
  // Variables in the bounds of sums and products count, and so are whole.
  const counts = new Set([...boundNames(gold), ...boundNames(answer)]);
  const isLoose = options.decimals === "relative" && (isDecimal(gold) || isDecimal(answer));
  const tolerance = isLoose ? Math.max(TOLERANCE, options.tolerance) : TOLERANCE;
  const isEqual = withEitherRoot((run) => {
    let agreed = 0;
    for (let point = 0; point < (isStepped ? 2 * SAMPLES : SAMPLES); point++) {
      for (const name of names)
        run.values.set(name, exactly(counts.has(name) ? point + 1 : sample(name, point, isStepped)));
      const [left, right] = [evaluate(gold, run), evaluate(answer, run)];
      // Where only one side has a value, the two are different functions.
      if ((left === undefined) !== (right === undefined) || (point > 5 && agreed === 0)) return undefined;
      const same = left && right && agree(left, right, tolerance);
      if (same === false) return undefined;
      if (same === true) agreed++;
    }
    return agreed >= NEEDED || undefined;
  });
  return isEqual === true;
}

const boundNames = (node: Node): readonly string[] =>
  node.kind === "big" && node.name !== "int" && node.name !== "lim"
    ? [...node.parts.slice(1).flatMap((bound) => [...variables(bound)]), ...boundNames(node.parts[0])]
    : node.parts.flatMap(boundNames);

/** A variable's value at a point: signed; of the later points some are whole, some large. */
function sample(name: string, point: number, isStepped: boolean): number {
  const value = pseudoRandom(`${point}:${name}`);
  if (!isStepped || point < 6) return value;
  return [Math.trunc(Math.abs(value) * 5) + 1, value * 40, Math.trunc(value * 9)][point % 3] ?? value;
}

/** The logarithm of a constant beyond the range of floating-point numbers; i π of it is a minus sign. */
function logarithm(node: Node): Complex | undefined {
  const value = exact(node);
  if (value)
    return value.numerator === 0n ? undefined : { ...exactly(logMagnitude(value)), im: Number(value.numerator < 0n) };
  const [first, exponent] = node.parts;
  if (node.kind === "product") {
    const logarithms = node.parts.map(logarithm);
    return logarithms.reduce((total, part) => total && part && add(total, part));
  }
  const inner = first && evaluate(node.kind === "power" && exponent ? exponent : first, evaluation());
  if (node.kind === "power" && first && inner?.im === 0) {
    const base = logarithm(first);
    return base?.im === 0 ? exactly(base.re * inner.re) : undefined;
  }
  if (node.name === "factorial" && inner?.im === 0 && inner.re > 100) {
    // Stirling's series.
    const n = inner.re;
    return exactly(n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + 1 / (12 * n));
  }
  const plain = evaluate(node, evaluation());
  return plain?.im === 0 && plain.re !== 0
    ? { ...exactly(Math.log(Math.abs(plain.re))), im: Number(plain.re < 0) }
    : undefined;
}

function equalMagnitudes(gold: Node, answer: Node): boolean {
  if (isSame(gold, answer)) return !hasNoValue(gold);
  const [left, right] = [logarithm(gold), logarithm(answer)];
  if (left === undefined || right === undefined || (left.im - right.im) % 2 !== 0) return false;
  // Logarithms of this size tell numbers apart only where their last digits do.
  return Math.abs(left.re) < 1e12 && Math.abs(left.re - right.re) <= 1e-13 * Math.abs(left.re);
}

/** Whether a constant is written that has no value, such as 1/0. */
export const hasNoValue = (node: Node): boolean =>
  some(node, (part) => {
    const [base, exponent] = part.kind === "power" ? part.parts : [];
    return (
      (exponent?.kind === "number" && exponent.value.numerator < 0n && base && exact(base)?.numerator === 0n) || false
    );
  });
