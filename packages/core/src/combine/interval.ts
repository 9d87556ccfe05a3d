/** Interval arithmetic on scores' ranges: where an expression's value can lie. Wider than the truth, never narrower. */
import type { Range } from "../reward.js";

/** Lowest and highest value; infinities where unbounded. */
export type Interval = readonly [low: number, high: number];

const unbounded: Interval = [-Infinity, Infinity];
/** Of comparisons and logic, which give 1 or 0. */
export const truth: Interval = [0, 1];

export function toInterval([low, high]: Range): Interval {
  return [low ?? -Infinity, high ?? Infinity];
}

export function toRange([low, high]: Interval): Range {
  return [Number.isFinite(low) ? low + 0 : null, Number.isFinite(high) ? high + 0 : null];
}

/** The smallest interval that holds all of them. */
export function hull(...intervals: readonly Interval[]): Interval {
  return [Math.min(...intervals.map(([low]) => low)), Math.max(...intervals.map(([, high]) => high))];
}

export function add([a, b]: Interval, [c, d]: Interval): Interval {
  return [a + c, b + d];
}

export function negate([a, b]: Interval): Interval {
  return [-b, -a];
}

/** 0 times infinity is 0 here: the infinity stands for "any finite score". */
export function multiply(x: Interval, y: Interval): Interval {
  return corners(x, y, (a, b) => (a === 0 || b === 0 ? 0 : a * b));
}

export function divide(x: Interval, y: Interval): Interval {
  return y[0] <= 0 && y[1] >= 0 ? unbounded : corners(x, y, (a, b) => a / b);
}

export function power(x: Interval, y: Interval): Interval {
  const [a, b] = x;
  const [exponent] = y;
  if (exponent === y[1] && Number.isInteger(exponent) && exponent >= 0) {
    if (exponent === 0) return [1, 1];
    if (exponent % 2 === 1) return [a ** exponent, b ** exponent];
    const ends: Interval = [a ** exponent, b ** exponent];
    return [a <= 0 && b >= 0 ? 0 : Math.min(...ends), Math.max(...ends)];
  }
  return a >= 0 ? corners(x, y, (base, by) => base ** by) : unbounded;
}

export function absolute([a, b]: Interval): Interval {
  if (a >= 0) return [a, b];
  return b <= 0 ? [-b, -a] : [0, Math.max(-a, b)];
}

/** Under a function that never falls; where it is not a number at the lower end, unbounded below. */
export function rising([a, b]: Interval, compute: (value: number) => number): Interval {
  const low = compute(a);
  const high = compute(b);
  return [Number.isNaN(low) ? -Infinity : low, Number.isNaN(high) ? Infinity : high];
}

export function minimum(...intervals: readonly Interval[]): Interval {
  return [Math.min(...intervals.map(([low]) => low)), Math.min(...intervals.map(([, high]) => high))];
}

export function maximum(...intervals: readonly Interval[]): Interval {
  return [Math.max(...intervals.map(([low]) => low)), Math.max(...intervals.map(([, high]) => high))];
}

/** For functions that are monotone in each argument: their extremes lie at the corners. */
function corners([a, b]: Interval, [c, d]: Interval, compute: (x: number, y: number) => number): Interval {
  const values = [compute(a, c), compute(a, d), compute(b, c), compute(b, d)];
  return values.some(Number.isNaN) ? unbounded : [Math.min(...values), Math.max(...values)];
}
