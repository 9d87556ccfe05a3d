// Exact rational numbers on BigInt, always in lowest terms, under a budget of bits.
import { RATIONAL_BITS } from "../limits.js";

/** numerator / denominator in lowest terms, denominator > 0. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** A result, or undefined where there is none within the budget. */
export type Result = Rational | undefined;

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

/** An upper bound of the bits of an integer, without printing it in full. */
function bits(value: bigint): number {
  const size = magnitude(value);
  return size <= 0xffff_ffffn ? 32 - Math.clz32(Number(size)) : size.toString(16).length * 4;
}

function gcd(left: bigint, right: bigint): bigint {
  let [a, b] = [magnitude(left), magnitude(right)];
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/** An integer, whatever its size. */
export const whole = (value: bigint): Rational => ({ numerator: value, denominator: 1n });
export const ZERO = whole(0n);
export const ONE = whole(1n);

/** Whether it is over the budget; of smaller ones nothing is left after the shift. */
const isLarge = (value: bigint): boolean => magnitude(value) >> BigInt(RATIONAL_BITS) !== 0n;

/** Undefined for a zero denominator and for more bits than the budget. */
export function rational(numerator: bigint, denominator = 1n): Result {
  if (denominator === 0n || isLarge(numerator) || isLarge(denominator)) return undefined;
  if (denominator === 1n) return whole(numerator);
  const divisor = denominator < 0n ? -gcd(numerator, denominator) : gcd(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

export const add = (a: Rational, b: Rational): Result =>
  a.denominator === b.denominator
    ? rational(a.numerator + b.numerator, a.denominator)
    : rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);

export const multiply = (a: Rational, b: Rational): Result =>
  rational(a.numerator * b.numerator, a.denominator * b.denominator);

export const divide = (a: Rational, b: Rational): Result =>
  rational(a.numerator * b.denominator, a.denominator * b.numerator);

export const negate = ({ numerator, denominator }: Rational): Rational => ({ numerator: -numerator, denominator });
export const isInteger = ({ denominator }: Rational): boolean => denominator === 1n;
export const isOne = ({ numerator, denominator }: Rational): boolean => numerator === denominator;
export const absolute = (value: Rational): Rational => (value.numerator < 0n ? negate(value) : value);

/** Negative, zero or positive as a is below, at or above b. */
export function compare(a: Rational, b: Rational): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  return difference < 0n ? -1 : Number(difference > 0n);
}

/** The whole part, towards minus infinity. */
export function floor({ numerator, denominator }: Rational): Rational {
  const quotient = numerator / denominator;
  return whole(numerator < 0n && quotient * denominator !== numerator ? quotient - 1n : quotient);
}

/** The exact root of an integer, or undefined where it is none. */
function integerRoot(value: bigint, degree: bigint): bigint | undefined {
  if (value < 2n) return value;
  const size = bits(value);
  if (size > 4_000) return undefined;
  // Newton's method from above.
  let guess = 1n << BigInt(Math.ceil(size / Number(degree)) + 1);
  for (;;) {
    const next = ((degree - 1n) * guess + value / guess ** (degree - 1n)) / degree;
    if (next >= guess) return guess ** degree === value ? guess : undefined;
    guess = next;
  }
}

/**
 * base^exponent where that is rational: a whole exponent, or a fractional one whose root is exact. Undefined for an
 * irrational one, for 0 to a negative power, for 0^0 and over the budget. A negative base has no fractional power here.
 */
export function power(base: Rational, exponent: Rational): Result {
  const { numerator: count, denominator: degree } = exponent;
  if (degree !== 1n) {
    if (base.numerator < 0n || degree > 1_000n) return undefined;
    const [numerator, denominator] = [integerRoot(base.numerator, degree), integerRoot(base.denominator, degree)];
    return numerator !== undefined && denominator !== undefined
      ? power({ numerator, denominator }, whole(count))
      : undefined;
  }
  if (count < 0n) {
    const inverse = divide(ONE, base);
    return inverse && power(inverse, whole(-count));
  }
  if (base.numerator === 0n) return count === 0n ? undefined : ZERO;
  const size = Math.max(bits(base.numerator), bits(base.denominator)) - 1;
  // Only 1 and -1 have powers of any size.
  if (size === 0) return count % 2n === 0n ? ONE : base;
  if (BigInt(size) * count > BigInt(RATIONAL_BITS)) return undefined;
  return { numerator: base.numerator ** count, denominator: base.denominator ** count };
}

/** A number between 1 and 2^64, and how often it is to be doubled. */
function scaled(value: bigint): { readonly mantissa: number; readonly exponent: number } {
  const exponent = Math.max(0, bits(value) - 64);
  return { mantissa: Number(value >> BigInt(exponent)), exponent };
}

/** As a floating-point number; quotients of numbers beyond its range keep their value. */
export function toNumber({ numerator, denominator }: Rational): number {
  if (denominator === 1n) return Number(numerator);
  if (bits(numerator) < 1_000 && bits(denominator) < 1_000) return Number(numerator) / Number(denominator);
  const [top, bottom] = [scaled(numerator), scaled(denominator)];
  return (top.mantissa / bottom.mantissa) * 2 ** (top.exponent - bottom.exponent);
}

/** The natural logarithm of the magnitude. */
export function logMagnitude({ numerator, denominator }: Rational): number {
  const [top, bottom] = [scaled(magnitude(numerator)), scaled(denominator)];
  return Math.log(top.mantissa) - Math.log(bottom.mantissa) + (top.exponent - bottom.exponent) * Math.LN2;
}

/** The product of first…last, by halves, so that the factors stay of one size. */
function range(first: bigint, last: bigint): bigint {
  if (last < first) return 1n;
  if (last === first) return first;
  const middle = (first + last) / 2n;
  return range(first, middle) * range(middle + 1n, last);
}

/** n! within the budget. */
export const factorial = ({ numerator, denominator }: Rational): Result =>
  denominator === 1n && numerator >= 0n && numerator <= 8_000n ? rational(range(1n, numerator)) : undefined;

/** The binomial coefficient for whole n ≥ 0 and k, within the budget. */
export function binomial(n: Rational, k: Rational): Result {
  if (!isInteger(n) || !isInteger(k) || n.numerator < 0n) return undefined;
  const rest = n.numerator - k.numerator;
  if (k.numerator < 0n || rest < 0n) return ZERO;
  const lesser = rest < k.numerator ? rest : k.numerator;
  if (lesser > 4_000n || BigInt(bits(n.numerator)) * lesser > BigInt(4 * RATIONAL_BITS)) return undefined;
  return rational(range(n.numerator - lesser + 1n, n.numerator), range(1n, lesser));
}

/** The greatest common divisor of whole numbers. */
export const greatestCommonDivisor = (a: Rational, b: Rational): Result =>
  isInteger(a) && isInteger(b) ? whole(gcd(a.numerator, b.numerator)) : undefined;
