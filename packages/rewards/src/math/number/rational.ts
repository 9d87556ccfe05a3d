// Exact rational numbers on BigInt, always in lowest terms, under a budget of bits.
import { RATIONAL_BITS } from "../limits.js";

/** numerator / denominator in lowest terms, denominator > 0. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** An upper bound of the bits of an integer, without printing it in full. */
function bits(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  if (magnitude <= 0xffff_ffffn) return magnitude === 0n ? 0 : 32 - Math.clz32(Number(magnitude));
  return magnitude.toString(16).length * 4;
}

function gcd(left: bigint, right: bigint): bigint {
  let [a, b] = [left < 0n ? -left : left, right < 0n ? -right : right];
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

export const ZERO: Rational = { numerator: 0n, denominator: 1n };
export const ONE: Rational = { numerator: 1n, denominator: 1n };

/** Undefined for a zero denominator and for more bits than the budget. */
export function rational(numerator: bigint, denominator = 1n): Rational | undefined {
  if (denominator === 1n) return bits(numerator) > RATIONAL_BITS ? undefined : { numerator, denominator };
  if (denominator === 0n) return undefined;
  if (bits(numerator) > RATIONAL_BITS || bits(denominator) > RATIONAL_BITS) return undefined;
  const divisor = gcd(numerator, denominator);
  const sign = denominator < 0n ? -1n : 1n;
  return { numerator: (sign * numerator) / divisor, denominator: (sign * denominator) / divisor };
}

/** The number that digits, perhaps with a decimal point, write. */
export function parseDecimal(text: string): Rational {
  const point = text.indexOf(".");
  if (point < 0) return { numerator: BigInt(text), denominator: 1n };
  const fraction = text.slice(point + 1);
  return rational(BigInt(text.slice(0, point) + fraction), 10n ** BigInt(fraction.length)) ?? ZERO;
}

export function add(a: Rational, b: Rational): Rational | undefined {
  if (a.denominator === 1n && b.denominator === 1n) return rational(a.numerator + b.numerator);
  return rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
}

export function multiply(a: Rational, b: Rational): Rational | undefined {
  return rational(a.numerator * b.numerator, a.denominator * b.denominator);
}

export function divide(a: Rational, b: Rational): Rational | undefined {
  return rational(a.numerator * b.denominator, a.denominator * b.numerator);
}

export const negate = ({ numerator, denominator }: Rational): Rational => ({ numerator: -numerator, denominator });

export const isInteger = ({ denominator }: Rational): boolean => denominator === 1n;

export const equal = (a: Rational, b: Rational): boolean =>
  a.numerator === b.numerator && a.denominator === b.denominator;

/** Negative, zero or positive as a is below, at or above b. */
export function compare(a: Rational, b: Rational): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The whole part, towards minus infinity. */
export function floor({ numerator, denominator }: Rational): bigint {
  const quotient = numerator / denominator;
  return numerator < 0n && quotient * denominator !== numerator ? quotient - 1n : quotient;
}

/** The exact root of an integer, or undefined where it is none. */
function integerRoot(value: bigint, degree: number): bigint | undefined {
  if (value < 2n) return value;
  const size = bits(value);
  if (size > 4_000) return undefined;
  // Newton's method from above.
  const n = BigInt(degree);
  let guess = 1n << BigInt(Math.ceil(size / degree) + 1);
  for (;;) {
    const next = ((n - 1n) * guess + value / guess ** (n - 1n)) / n;
    if (next >= guess) break;
    guess = next;
  }
  return guess ** n === value ? guess : undefined;
}

/**
 * base^exponent where that is rational: a whole exponent, or a fractional one whose root is exact. Undefined for an
 * irrational one, for 0 to a negative power, for 0^0 and over the budget. A negative base has no fractional power here.
 */
export function power(base: Rational, exponent: Rational): Rational | undefined {
  if (exponent.denominator !== 1n) {
    if (base.numerator < 0n || exponent.denominator > 1_000n) return undefined;
    const degree = Number(exponent.denominator);
    const [numerator, denominator] = [integerRoot(base.numerator, degree), integerRoot(base.denominator, degree)];
    if (numerator === undefined || denominator === undefined) return undefined;
    return power({ numerator, denominator }, { numerator: exponent.numerator, denominator: 1n });
  }
  if (exponent.numerator < 0n) {
    if (base.numerator === 0n) return undefined;
    const inverse = rational(base.denominator, base.numerator);
    return inverse && power(inverse, negate(exponent));
  }
  if (base.numerator === 0n) return exponent.numerator === 0n ? undefined : ZERO;
  const size = BigInt(Math.max(bits(base.numerator), bits(base.denominator)) - 1);
  if (size * exponent.numerator > BigInt(RATIONAL_BITS)) return undefined;
  if (bits(exponent.numerator) > 40) {
    // Only 1 and -1 have such powers.
    const odd = exponent.numerator % 2n === 1n;
    return base.numerator < 0n && odd ? { numerator: -1n, denominator: 1n } : ONE;
  }
  return { numerator: base.numerator ** exponent.numerator, denominator: base.denominator ** exponent.numerator };
}

/** As a floating-point number; quotients of numbers beyond its range keep their value. */
export function toNumber({ numerator, denominator }: Rational): number {
  if (denominator === 1n && bits(numerator) <= 1_000) return Number(numerator);
  const excess = Math.max(bits(numerator), bits(denominator)) - 1_000;
  if (excess <= 0) return Number(numerator) / Number(denominator);
  const [top, bottom] = [scaled(numerator), scaled(denominator)];
  return (top.mantissa / bottom.mantissa) * 2 ** (top.exponent - bottom.exponent);
}

function scaled(value: bigint): { readonly mantissa: number; readonly exponent: number } {
  const exponent = Math.max(0, bits(value) - 64);
  return { mantissa: Number(value / (1n << BigInt(exponent))), exponent };
}

/** The natural logarithm of the magnitude. */
export function logMagnitude(value: Rational): number {
  const [top, bottom] = [scaled(value.numerator), scaled(value.denominator)];
  return Math.log(Math.abs(top.mantissa)) - Math.log(bottom.mantissa) + (top.exponent - bottom.exponent) * Math.LN2;
}

/** n! within the budget. */
export function factorial(value: Rational): Rational | undefined {
  if (value.denominator !== 1n || value.numerator < 0n || value.numerator > 8_000n) return undefined;
  return rational(range(1n, value.numerator));
}

/** The product of first…last, by halves, so that the factors stay of one size. */
function range(first: bigint, last: bigint): bigint {
  if (last < first) return 1n;
  if (last - first < 8n) {
    let product = first;
    for (let factor = first + 1n; factor <= last; factor++) product *= factor;
    return product;
  }
  const middle = (first + last) / 2n;
  return range(first, middle) * range(middle + 1n, last);
}

/** The binomial coefficient for whole n ≥ 0 and k, within the budget. */
export function binomial(n: Rational, k: Rational): Rational | undefined {
  if (n.denominator !== 1n || k.denominator !== 1n || n.numerator < 0n) return undefined;
  if (k.numerator < 0n || k.numerator > n.numerator) return ZERO;
  const lesser = n.numerator - k.numerator < k.numerator ? n.numerator - k.numerator : k.numerator;
  if (lesser > 4_000n || BigInt(bits(n.numerator)) * lesser > BigInt(4 * RATIONAL_BITS)) return undefined;
  return rational(range(n.numerator - lesser + 1n, n.numerator), range(1n, lesser));
}

/** The greatest common divisor of whole numbers. */
export function greatestCommonDivisor(a: Rational, b: Rational): Rational | undefined {
  return isInteger(a) && isInteger(b) ? { numerator: gcd(a.numerator, b.numerator), denominator: 1n } : undefined;
}
