// Complex floating-point numbers that carry a bound of their own rounding error.

/** The true value lies within `error` of re + im·i. */
export interface Complex {
  readonly re: number;
  readonly im: number;
  readonly error: number;
}

/** Twice the spacing of numbers near 1: one operation's relative error, generously. */
export const EPSILON = 4.5e-16;

const size = (re: number, im: number): number => (im === 0 ? Math.abs(re) : Math.hypot(re, im));

export const magnitude = ({ re, im }: Complex): number => size(re, im);

/** A result of one operation, with the error that it inherits. */
const made = (re: number, im: number, error: number): Complex => ({
  re,
  im,
  error: error + EPSILON * size(re, im),
});

export const real = (re: number, error = 0): Complex => made(re, 0, error);
export const exactly = (re: number): Complex => ({ re, im: 0, error: 0 });
export const ZERO = exactly(0);
export const ONE = exactly(1);
export const I: Complex = { re: 0, im: 1, error: 0 };
const NONE = exactly(Number.NaN);

export const isFinite = ({ re, im }: Complex): boolean => Number.isFinite(re) && Number.isFinite(im);

/** Where a sum cancels, what is left carries the error of what was added. */
export const add = (a: Complex, b: Complex): Complex =>
  made(a.re + b.re, a.im + b.im, a.error + b.error + EPSILON * Math.max(magnitude(a), magnitude(b)));

export const negate = ({ re, im, error }: Complex): Complex => ({ re: -re, im: -im, error });
export const subtract = (a: Complex, b: Complex): Complex => add(a, negate(b));

export function multiply(a: Complex, b: Complex): Complex {
  const error = magnitude(a) * b.error + magnitude(b) * a.error + a.error * b.error;
  return a.im === 0 && b.im === 0
    ? made(a.re * b.re, 0, error)
    : made(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re, error);
}

/** Whether it is closer to zero than its own error: there is no telling then. */
export const isNothing = (a: Complex, times = 1): boolean => magnitude(a) <= a.error * times;

/** 1 / a */
export function inverse(a: Complex): Complex {
  if (isNothing(a)) return NONE;
  const square = magnitude(a) ** 2;
  return a.im === 0 ? made(1 / a.re, 0, a.error / square) : made(a.re / square, -a.im / square, a.error / square);
}

export const divide = (a: Complex, b: Complex): Complex => multiply(a, inverse(b));

/** What underflows is left as the least number there is, so that nobody takes it for zero. */
export function exp(a: Complex): Complex {
  const length = Math.exp(a.re) || Number.MIN_VALUE;
  const error = length * a.error;
  return a.im === 0 ? made(length, 0, error) : made(length * Math.cos(a.im), length * Math.sin(a.im), error);
}

/** In (−π, π]; a rounding error below the negative axis does not turn it. */
export const argument = ({ re, im, error }: Complex): number =>
  re < 0 && Math.abs(im) <= error + EPSILON * Math.abs(re) ? Math.PI : Math.atan2(im, re);

/** The principal logarithm. */
export const log = (a: Complex): Complex =>
  isNothing(a) ? NONE : made(Math.log(magnitude(a)), argument(a), a.error / magnitude(a));

/** The principal root. */
export function sqrt(a: Complex): Complex {
  const root = Math.sqrt(magnitude(a));
  if (isNothing(a, 4)) return made(root, 0, Math.sqrt(a.error));
  const error = a.error / (2 * root);
  const half = argument(a) / 2;
  if (half === 0) return made(root, 0, error);
  return made(half === Math.PI / 2 ? 0 : root * Math.cos(half), root * Math.sin(half), error);
}

/** The principal value. */
export function power(base: Complex, exponent: Complex): Complex {
  const { re } = exponent;
  const isNumber = exponent.im === 0 && exponent.error === 0;
  if (isNumber && re === 0.5) return sqrt(base);
  if (isNothing(base)) {
    if (re <= 0) return NONE;
    return isNumber ? made(magnitude(base) ** re, 0, base.error ** Math.min(1, re)) : made(0, 0, base.error);
  }
  if (isNumber && base.im === 0 && (base.re > 0 || Number.isInteger(re))) {
    const value = base.re ** re || Number.MIN_VALUE * Math.sign(base.re);
    return made(value, 0, Math.abs((re * value) / base.re) * base.error);
  }
  if (isNumber && Number.isInteger(re) && Math.abs(re) <= 64) {
    let result = ONE;
    for (let count = Math.abs(re); count > 0; count--) result = multiply(result, base);
    return re < 0 ? inverse(result) : result;
  }
  return exp(multiply(exponent, log(base)));
}
