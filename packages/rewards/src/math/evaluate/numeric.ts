// The complex value of a node for given values of its variables.
import { LimitError } from "../limits.js";
import * as complex from "../number/complex.js";
import type { Complex } from "../number/complex.js";
import { toNumber } from "../number/rational.js";
import { key, type Node } from "../read/nodes.js";
import { determinant, trace } from "./determinant.js";
import type { Evaluation } from "./evaluation.js";
import { exact } from "./exact.js";
import { infinite } from "./infinity.js";
import { evaluateBig } from "./series.js";

/** The value, or undefined where there is none: division by zero, overflow, what is no number. @throws LimitError */
export function evaluate(node: Node, run: Evaluation): Complex | undefined {
  if (--run.steps < 0) throw new LimitError("the value takes too long to work out");
  const value = work(node, run);
  return value !== undefined && complex.isFinite(value) ? value : undefined;
}

function work(node: Node, run: Evaluation): Complex | undefined {
  switch (node.kind) {
    case "number":
      return complex.real(toNumber(node.value));
    case "symbol":
      return run.values.get(node.name);
    case "constant":
      if (node.name === "pi") return complex.real(Math.PI);
      if (node.name === "e") return complex.real(Math.E);
      return node.name === "i" ? complex.I : undefined;
    case "text":
      return complex.exactly(pseudoRandom(node.text.toLowerCase()));
    case "sum": {
      let total: Complex = complex.exactly(0);
      for (const term of node.terms) {
        const value = evaluate(term, run);
        if (value === undefined) return undefined;
        total = complex.add(total, value);
      }
      return total;
    }
    case "product": {
      let total: Complex = complex.exactly(1);
      for (const factor of node.factors) {
        const value = evaluate(factor, run);
        if (value === undefined) return undefined;
        total = complex.multiply(total, value);
      }
      return total;
    }
    case "power":
      return evaluatePower(node.base, node.exponent, run);
    case "percent": {
      const value = evaluate(node.value, run);
      return value && complex.multiply(value, complex.real(0.01));
    }
    case "ratio": {
      const [first, second, ...others] = node.parts;
      if (first === undefined || second === undefined || others.length > 0) return undefined;
      const [top, bottom] = [evaluate(first, run), evaluate(second, run)];
      return top && bottom && complex.multiply(top, complex.inverse(bottom));
    }
    case "call":
      return evaluateCall(node.name, node.arguments, run);
    case "big":
      return evaluateBig(node, run, evaluate);
    case "cases":
      for (const { value, condition } of node.rows) {
        if (condition === undefined || condition.kind === "text" || holds(condition, run) === true)
          return evaluate(value, run);
      }
      return undefined;
    default:
      return undefined;
  }
}

function evaluatePower(base: Node, exponent: Node, run: Evaluation): Complex | undefined {
  const rational = exponent.kind === "number" ? exponent.value : exact(exponent);
  if (rational && rational.numerator === -1n && rational.denominator === 1n) {
    const value = evaluate(base, run);
    return value && complex.inverse(value);
  }
  if (base.kind === "constant" && base.name === "e") {
    const value = evaluate(exponent, run);
    return value && complex.exp(value);
  }
  const value = evaluate(base, run);
  if (value === undefined) return undefined;
  if (rational === undefined) {
    const raised = evaluate(exponent, run);
    return raised && complex.power(value, raised);
  }
  const number = toNumber(rational);
  if (
    run.realRoots &&
    rational.denominator % 2n === 1n &&
    rational.denominator > 1n &&
    value.im === 0 &&
    value.re < 0
  ) {
    const positive = complex.power(complex.negate(value), complex.exactly(number));
    return rational.numerator % 2n === 0n ? positive : complex.negate(positive);
  }
  return complex.power(value, complex.exactly(number));
}

/** Whether a relation holds; undefined where a side has no value. */
export function holds(node: Node, run: Evaluation): boolean | undefined {
  if (node.kind !== "relation") return undefined;
  const values = node.operands.map((operand) => evaluate(operand, run));
  for (const [index, operator] of node.operators.entries()) {
    const [left, right] = [values[index], values[index + 1]];
    if (left === undefined || right === undefined) {
      // Beyond the last number there is still infinity.
      const [leftNode, rightNode] = [node.operands[index], node.operands[index + 1]];
      const [a, b] = [left?.re ?? (leftNode && infinite(leftNode)), right?.re ?? (rightNode && infinite(rightNode))];
      if (a === undefined || b === undefined) return undefined;
      if (!(operator === "<" || operator === "≤" ? a < b : operator === ">" || operator === "≥" ? a > b : false))
        return false;
      continue;
    }
    const gap = Math.max(left.error + right.error, 1e-12 * Math.max(complex.magnitude(left), complex.magnitude(right)));
    const equal = Math.abs(left.re - right.re) <= gap && Math.abs(left.im - right.im) <= gap;
    if (operator === "=" || operator === "≡") {
      if (!equal) return false;
    } else if (operator === "≠") {
      if (equal) return false;
    } else {
      if (Math.abs(left.im) > gap || Math.abs(right.im) > gap) return false;
      const sign = equal ? 0 : Math.sign(left.re - right.re);
      if (
        operator === "<"
          ? sign >= 0
          : operator === ">"
            ? sign <= 0
            : operator === "≤"
              ? sign > 0
              : operator === "≥"
                ? sign < 0
                : true
      ) {
        return false;
      }
    }
  }
  return true;
}

const UNARY: Readonly<Record<string, (value: Complex) => Complex>> = {
  __proto__: null as never,
  sqrt: complex.sqrt,
  exp: complex.exp,
  ln: complex.log,
  sin: complex.sin,
  cos: complex.cos,
  tan: complex.tan,
  cot: (value) => complex.inverse(complex.tan(value)),
  sec: (value) => complex.inverse(complex.cos(value)),
  csc: (value) => complex.inverse(complex.sin(value)),
  arcsin: complex.asin,
  arccos: complex.acos,
  arctan: complex.atan,
  arccot: (value) => complex.atan(complex.inverse(value)),
  arcsec: (value) => complex.acos(complex.inverse(value)),
  arccsc: (value) => complex.asin(complex.inverse(value)),
  sinh: complex.sinh,
  cosh: complex.cosh,
  tanh: complex.tanh,
  coth: (value) => complex.inverse(complex.tanh(value)),
  sech: (value) => complex.inverse(complex.cosh(value)),
  csch: (value) => complex.inverse(complex.sinh(value)),
  arcsinh: complex.asinh,
  arccosh: complex.acosh,
  arctanh: complex.atanh,
  abs: (value) => complex.real(complex.magnitude(value), value.error),
  norm: (value) => complex.real(complex.magnitude(value), value.error),
  Re: ({ re, error }) => complex.real(re, error),
  Im: ({ im, error }) => complex.real(im, error),
  arg: (value) => complex.real(complex.argument(value), value.error / complex.magnitude(value)),
};

const REAL: Readonly<Record<string, (value: number, ...others: number[]) => number>> = {
  __proto__: null as never,
  floor: (value) => (Math.abs(value - Math.round(value)) < 1e-9 ? Math.round(value) : Math.floor(value)),
  ceil: (value) => (Math.abs(value - Math.round(value)) < 1e-9 ? Math.round(value) : Math.ceil(value)),
  sgn: Math.sign,
  gamma: complex.gamma,
  erf: complex.erf,
  factorial: (value) =>
    value < 0 && Number.isInteger(value) ? Number.NaN : value > 170 ? Infinity : complex.gamma(value + 1),
  doublefactorial: (value) =>
    Number.isInteger(value) && value >= 0 && value < 300 ? doubleFactorial(value) : Number.NaN,
  cbrt: Math.cbrt,
  min: Math.min,
  max: Math.max,
  mod: (value, modulus = Number.NaN) => value - modulus * Math.floor(value / modulus),
  binom: (n, k = Number.NaN) =>
    Number.isInteger(k) && k >= 0 && k <= 100
      ? fallingBinomial(n, k)
      : complex.gamma(n + 1) / (complex.gamma(k + 1) * complex.gamma(n - k + 1)),
};

/** n (n − 1) … (n − k + 1) / k!, for any n. */
function fallingBinomial(n: number, k: number): number {
  let result = 1;
  for (let index = 0; index < k; index++) result *= (n - index) / (index + 1);
  return result;
}

function doubleFactorial(value: number): number {
  let result = 1;
  for (let factor = value; factor > 1; factor -= 2) result *= factor;
  return result;
}

function evaluateCall(name: string, parameters: readonly Node[], run: Evaluation): Complex | undefined {
  const [first, second] = parameters;
  if (first === undefined) return undefined;
  if (first.kind === "matrix") {
    if (name === "det" || name === "abs") return determinant(first.rows, (cell) => evaluate(cell, run));
    if (name === "tr") return trace(first.rows, (cell) => evaluate(cell, run));
  }
  const values: Complex[] = [];
  for (const parameter of parameters) {
    const value = evaluate(parameter, run);
    if (value === undefined) return isKnownFunction(name) ? undefined : unknownFunction(name, parameters, run);
    values.push(value);
  }
  const [a = complex.exactly(0), b] = values;
  const unary = UNARY[name];
  if (unary && second === undefined) return unary(a);
  if (name === "log" || name === "ln") {
    const base = b ?? complex.exactly(10);
    return complex.multiply(complex.log(a), complex.inverse(complex.log(base)));
  }
  if (name === "root" && b && second) {
    const degree = exact(second);
    if (run.realRoots && degree?.denominator === 1n && degree.numerator % 2n === 1n && a.im === 0 && a.re < 0) {
      return complex.negate(complex.power(complex.negate(a), complex.exactly(1 / toNumber(degree))));
    }
    return complex.power(a, b.error === 0 || b.im === 0 ? complex.exactly(1 / b.re) : complex.inverse(b));
  }
  const realFunction = REAL[name];
  if (realFunction) {
    if (values.some(({ im }) => im !== 0)) return undefined;
    // What jumps or grows fast has no simple slope: its error is its argument's, scaled.
    const value = realFunction(a.re, ...values.slice(1).map(({ re }) => re));
    const error = Math.max(...values.map((entry) => entry.error));
    return complex.real(
      value,
      Math.abs(value) * 1e-13 + error * (name === "factorial" || name === "gamma" ? Math.abs(value) * 6 : 1),
    );
  }
  return unknownFunction(name, parameters, run, values);
}

const isKnownFunction = (name: string): boolean =>
  name in UNARY || name in REAL || name === "root" || name === "log" || name === "det";

/** f(a, b): a smooth function that only the name decides. Equal arguments give equal values, and others hardly ever. */
function unknownFunction(
  name: string,
  parameters: readonly Node[],
  run: Evaluation,
  values?: readonly Complex[],
): Complex {
  let total: Complex = complex.exactly(pseudoRandom(`${name}/${parameters.length}`));
  for (const [index, parameter] of parameters.entries()) {
    const value = values?.[index] ?? complex.exactly(pseudoRandom(key(parameter)));
    const slope = complex.exactly(pseudoRandom(`${name}#${index}`));
    const bent = complex.sin(complex.multiply(value, slope));
    total = complex.add(total, complex.add(complex.multiply(value, slope), bent));
  }
  void run;
  return total;
}

/** A number in ±[0.5, 2.5] that a text decides (FNV-1a). */
export function pseudoRandom(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let index = 0; index < text.length; index++) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01_00_01_93);
  }
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c_1b_3c_6d);
  hash ^= hash >>> 12;
  const fraction = (hash >>> 1) / 0x8000_0000;
  return (hash & 1) === 0 ? 0.5 + 2 * fraction : -0.5 - 2 * fraction;
}
