// Complex floating-point numbers that carry a bound of their own rounding error.

/** The true value lies within `error` of re + im·i. */
export interface Complex {
  readonly re: number;
  readonly im: number;
  readonly error: number;
}

/** Twice the spacing of numbers near 1: one operation's relative error, generously. */
const EPSILON = 4.5e-16;

export const magnitude = ({ re, im }: Complex): number => (im === 0 ? Math.abs(re) : Math.hypot(re, im));

const made = (re: number, im: number, error: number): Complex => ({
  re,
  im,
  error: error + EPSILON * (im === 0 ? Math.abs(re) : Math.hypot(re, im)),
});

export const real = (re: number, error = 0): Complex => made(re, 0, error);
export const exactly = (re: number): Complex => ({ re, im: 0, error: 0 });
export const I: Complex = { re: 0, im: 1, error: 0 };

export const isFinite = ({ re, im }: Complex): boolean => Number.isFinite(re) && Number.isFinite(im);

export function add(a: Complex, b: Complex): Complex {
  // Where the sum cancels, what is left carries the error of what was added.
  return made(a.re + b.re, a.im + b.im, a.error + b.error + EPSILON * Math.max(magnitude(a), magnitude(b)));
}

export function multiply(a: Complex, b: Complex): Complex {
  const error = magnitude(a) * b.error + magnitude(b) * a.error + a.error * b.error;
  if (a.im === 0 && b.im === 0) return made(a.re * b.re, 0, error);
  return made(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re, error);
}

/** 1 / a */
export function inverse(a: Complex): Complex {
  const size = magnitude(a);
  // Closer to zero than its own error: there is no telling.
  if (size <= a.error) return made(Number.NaN, 0, 0);
  const error = a.error / (size * size);
  if (a.im === 0) return made(1 / a.re, 0, error);
  return made(a.re / (size * size), -a.im / (size * size), error);
}

export const negate = ({ re, im, error }: Complex): Complex => ({ re: -re, im: -im, error });

/** What underflows is left as the least number there is, so that nobody takes it for zero. */
export function exp(a: Complex): Complex {
  const size = Math.exp(a.re) || Number.MIN_VALUE;
  const error = size * a.error;
  return a.im === 0 ? made(size, 0, error) : made(size * Math.cos(a.im), size * Math.sin(a.im), error);
}

/** The principal logarithm. */
export function log(a: Complex): Complex {
  const size = magnitude(a);
  if (size <= a.error) return made(Number.NaN, 0, 0);
  return made(Math.log(size), a.im === 0 && a.re > 0 ? 0 : argument(a), a.error / size);
}

/** In (−π, π]; a rounding error below the negative axis does not turn it. */
export function argument({ re, im, error }: Complex): number {
  return re < 0 && Math.abs(im) <= error + EPSILON * Math.abs(re) ? Math.PI : Math.atan2(im, re);
}

export function sqrt(a: Complex): Complex {
  const size = magnitude(a);
  if (size <= a.error * 4) return made(Math.sqrt(size), 0, Math.sqrt(a.error));
  const error = a.error / (2 * Math.sqrt(size));
  if (a.im === 0 && a.re >= 0) return made(Math.sqrt(a.re), 0, error);
  const half = argument(a) / 2;
  const root = Math.sqrt(size);
  return made(half === Math.PI / 2 ? 0 : root * Math.cos(half), root * Math.sin(half), error);
}

/** The principal value. */
export function power(base: Complex, exponent: Complex): Complex {
  const size = magnitude(base);
  if (exponent.im === 0 && exponent.error === 0) {
    const { re } = exponent;
    if (re === 0.5) return sqrt(base);
    if (size <= base.error) {
      return re > 0 ? made(size ** re, 0, base.error ** Math.min(1, re)) : made(Number.NaN, 0, 0);
    }
    if (base.im === 0 && (base.re > 0 || Number.isInteger(re))) {
      const value = base.re ** re || Number.MIN_VALUE * Math.sign(base.re);
      return made(value, 0, Math.abs((re * value) / base.re) * base.error);
    }
    if (Number.isInteger(re) && Math.abs(re) <= 64) {
      let result: Complex = exactly(1);
      for (let count = Math.abs(re); count > 0; count--) result = multiply(result, base);
      return re < 0 ? inverse(result) : result;
    }
  }
  if (size <= base.error) return exponent.re > 0 ? made(0, 0, base.error) : made(Number.NaN, 0, 0);
  return exp(multiply(exponent, log(base)));
}

/** A function of one variable: its value, and its slope for the error. */
function smooth(a: Complex, value: number, slope: number): Complex {
  return made(value, 0, Math.abs(slope) * a.error);
}

const half = exactly(0.5);
const times = (a: Complex, re: number, im: number): Complex => multiply(a, { re, im, error: 0 });

export function sin(a: Complex): Complex {
  if (a.im === 0) return withNoise(smooth(a, Math.sin(a.re), Math.cos(a.re)), a);
  const [forth, back] = [exp(times(a, 0, 1)), exp(times(a, 0, -1))];
  return times(add(forth, negate(back)), 0, -0.5);
}

export function cos(a: Complex): Complex {
  if (a.im === 0) return withNoise(smooth(a, Math.cos(a.re), Math.sin(a.re)), a);
  return multiply(add(exp(times(a, 0, 1)), exp(times(a, 0, -1))), half);
}

/** A large angle's own rounding. */
const withNoise = (value: Complex, angle: Complex): Complex => ({
  ...value,
  error: value.error + EPSILON * Math.min(1, Math.abs(angle.re)),
});

export const tan = (a: Complex): Complex => multiply(sin(a), inverse(cos(a)));

export function sinh(a: Complex): Complex {
  if (a.im === 0) return smooth(a, Math.sinh(a.re), Math.cosh(a.re));
  return multiply(add(exp(a), negate(exp(negate(a)))), half);
}

export function cosh(a: Complex): Complex {
  if (a.im === 0) return smooth(a, Math.cosh(a.re), Math.sinh(a.re));
  return multiply(add(exp(a), exp(negate(a))), half);
}

export const tanh = (a: Complex): Complex => multiply(sinh(a), inverse(cosh(a)));

export function asin(a: Complex): Complex {
  if (a.im === 0 && Math.abs(a.re) <= 1)
    return smooth(a, Math.asin(a.re), 1 / Math.sqrt(Math.max(1e-16, 1 - a.re * a.re)));
  // −i ln(i a + √(1 − a²))
  const root = sqrt(add(exactly(1), negate(multiply(a, a))));
  return times(log(add(times(a, 0, 1), root)), 0, -1);
}

export const acos = (a: Complex): Complex => add(exactly(Math.PI / 2), negate(asin(a)));

export function atan(a: Complex): Complex {
  if (a.im === 0) return smooth(a, Math.atan(a.re), 1 / (1 + a.re * a.re));
  const [above, below] = [add(exactly(1), times(a, 0, -1)), add(exactly(1), times(a, 0, 1))];
  return times(add(log(above), negate(log(below))), 0, 0.5);
}

export const asinh = (a: Complex): Complex => log(add(a, sqrt(add(multiply(a, a), exactly(1)))));
export const acosh = (a: Complex): Complex =>
  log(add(a, multiply(sqrt(add(a, exactly(1))), sqrt(add(a, exactly(-1))))));
export const atanh = (a: Complex): Complex =>
  multiply(add(log(add(exactly(1), a)), negate(log(add(exactly(1), negate(a))))), half);

/** Γ by Lanczos's approximation (g = 7, n = 9); a real argument only. */
export function gamma(x: number): number {
  if (x < 0.5) return Math.PI / (Math.sin(Math.PI * x) * gamma(1 - x));
  const coefficients = [
    0.999_999_999_999_809_9, 676.520_368_121_885_1, -1259.139_216_722_402_8, 771.323_428_777_653_1,
    -176.615_029_162_140_6, 12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_572e-6,
    1.505_632_735_149_311_6e-7,
  ];
  const shifted = x - 1;
  let total = coefficients[0] ?? 0;
  for (let index = 1; index < 9; index++) total += (coefficients[index] ?? 0) / (shifted + index);
  const base = shifted + 7.5;
  return Math.sqrt(2 * Math.PI) * base ** (shifted + 0.5) * Math.exp(-base) * total;
}

/** The error function, by its series and its continued fraction; a real argument only. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  let [term, total] = [size, size];
  for (let n = 1; n < 200 && Math.abs(term) > 1e-18 * total; n++) {
    term *= (-size * size) / n;
    total += term / (2 * n + 1);
  }
  return (Math.sign(x) * 2 * total) / Math.sqrt(Math.PI);
}
