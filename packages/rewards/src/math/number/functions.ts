// Functions of complex and real numbers by their names. The hyperbolic ones come from exponentials and logarithms, the
// trigonometric ones from those of i times their argument, and reciprocal ones from what they are the reciprocal of.
import {
  add,
  argument,
  type Complex,
  divide,
  EPSILON,
  exactly,
  exp,
  I,
  inverse,
  log,
  magnitude,
  multiply,
  negate,
  ONE,
  real,
  sqrt,
  subtract,
} from "./complex.js";

type Unary = (value: Complex) => Complex;

const HALF = exactly(0.5);

/** −i f(i x) */
const turned =
  (of: Unary): Unary =>
  (value) =>
    multiply(negate(I), of(multiply(I, value)));

/** On the real axis what the platform computes, whose slope there is at most the given one; elsewhere the other. */
const onAxis =
  (of: (x: number) => number, slope: (x: number) => number, beyond: Unary): Unary =>
  (value) => {
    const result = value.im === 0 ? of(value.re) : Number.NaN;
    return Number.isNaN(result) ? beyond(value) : real(result, slope(value.re) * value.error);
  };

/** An angle's own rounding counts too. */
const ofAngle =
  (of: Unary): Unary =>
  (value) => {
    const result = of(value);
    return { ...result, error: result.error + EPSILON * Math.min(1, magnitude(value)) };
  };

const sinh = onAxis(Math.sinh, Math.cosh, (value) => multiply(subtract(exp(value), exp(negate(value))), HALF));
const cosh = onAxis(Math.cosh, Math.cosh, (value) => multiply(add(exp(value), exp(negate(value))), HALF));
const arcsinh: Unary = (value) => log(add(value, sqrt(add(multiply(value, value), ONE))));
const arctanh: Unary = (value) => multiply(subtract(log(add(ONE, value)), log(subtract(ONE, value))), HALF);
const sin = ofAngle(onAxis(Math.sin, () => 1, turned(sinh)));
const cos = ofAngle(
  onAxis(
    Math.cos,
    () => 1,
    (value) => cosh(multiply(I, value)),
  ),
);
const arcsin = onAxis(Math.asin, (x) => 1 / Math.sqrt(Math.max(1e-16, 1 - x * x)), turned(arcsinh));
const ofMagnitude: Unary = (value) => real(magnitude(value), value.error);

/** Functions of one complex number. */
export const COMPLEX_FUNCTIONS: ReadonlyMap<string, Unary> = new Map(
  Object.entries({
    exp,
    ln: log,
    sin,
    cos,
    tan: (value) => divide(sin(value), cos(value)),
    sinh,
    cosh,
    tanh: (value) => divide(sinh(value), cosh(value)),
    arcsin,
    arccos: (value) => subtract(real(Math.PI / 2), arcsin(value)),
    arctan: onAxis(Math.atan, () => 1, turned(arctanh)),
    arcsinh,
    arccosh: (value) => log(add(value, multiply(sqrt(add(value, ONE)), sqrt(subtract(value, ONE))))),
    arctanh,
    abs: ofMagnitude,
    norm: ofMagnitude,
    Re: ({ re, error }) => real(re, error),
    Im: ({ im, error }) => real(im, error),
    arg: (value) => real(argument(value), value.error / magnitude(value)),
  } satisfies Record<string, Unary>).flatMap(([name, of]): [string, Unary][] => {
    const reciprocal = name.replace(/tan/, "cot").replace(/cos/, "sec").replace(/sin/, "csc");
    if (reciprocal === name) return [[name, of]];
    return [
      [name, of],
      [reciprocal, name.startsWith("arc") ? (value) => of(inverse(value)) : (value) => inverse(of(value))],
    ];
  }),
);

/** Γ by Stirling's series, far enough out. */
function gamma(x: number): number {
  if (x < -200 || (x <= 0 && Number.isInteger(x))) return Number.NaN;
  if (x > 171.6) return Infinity;
  if (x < 15) return gamma(x + 1) / x;
  const series = 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5) - 1 / (1680 * x ** 7);
  return Math.sqrt((2 * Math.PI) / x) * (x / Math.E) ** x * Math.exp(series);
}

/** The error function by its series. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let [term, total] = [x, x];
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 * total) / Math.sqrt(Math.PI);
}

function doubleFactorial(value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > 300) return Number.NaN;
  return value < 2 ? 1 : value * doubleFactorial(value - 2);
}

/** n (n − 1) … (n − k + 1) / k!, for any n. */
function binomial(n: number, k = Number.NaN): number {
  if (!Number.isInteger(k) || k < 0 || k > 100) return gamma(n + 1) / (gamma(k + 1) * gamma(n - k + 1));
  return k === 0 ? 1 : (binomial(n, k - 1) * (n - k + 1)) / k;
}

/** What is a whole number but for rounding is taken for it. */
const floor = (value: number): number =>
  Math.abs(value - Math.round(value)) < 1e-9 ? Math.round(value) : Math.floor(value);

/** Functions of real numbers. */
export const REAL_FUNCTIONS: ReadonlyMap<string, (value: number, ...others: number[]) => number> = new Map(
  Object.entries({
    floor,
    ceil: (value) => -floor(-value),
    sgn: Math.sign,
    gamma,
    erf,
    factorial: (value) => gamma(value + 1),
    doublefactorial: doubleFactorial,
    min: Math.min,
    max: Math.max,
    mod: (value, modulus = Number.NaN) => value - modulus * Math.floor(value / modulus),
    binom: binomial,
  } satisfies Record<string, (value: number, ...others: number[]) => number>),
);
