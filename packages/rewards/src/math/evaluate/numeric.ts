// The complex value of a node for given values of its variables.
import { LimitError } from "../limits.js";
import {
  add,
  type Complex,
  divide,
  exactly,
  exp,
  I,
  inverse,
  isFinite,
  log,
  magnitude,
  multiply,
  negate,
  power,
  real,
  ZERO,
} from "../number/complex.js";
import { COMPLEX_FUNCTIONS, REAL_FUNCTIONS } from "../number/functions.js";
import { toNumber } from "../number/rational.js";
import { isMinusOne, key, type Node, type Relation } from "../read/nodes.js";
import { determinant, trace } from "./determinant.js";
import { type Evaluation, infinite, pseudoRandom } from "./evaluation.js";
import { exact } from "./exact.js";
import { evaluateBig } from "./series.js";

/** The value, or undefined where there is none: division by zero, overflow, what is no number. @throws LimitError */
export function evaluate(node: Node, run: Evaluation): Complex | undefined {
  if (--run.steps < 0) throw new LimitError("the value takes too long to work out");
  const value = work(node, run);
  return value !== undefined && isFinite(value) ? value : undefined;
}

/** The values of all, unless one has none. */
function evaluateAll(nodes: readonly Node[], run: Evaluation): Complex[] | undefined {
  const values: Complex[] = [];
  for (const node of nodes) {
    const value = evaluate(node, run);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

const CONSTANTS: Readonly<Record<string, Complex>> = { pi: real(Math.PI), e: real(Math.E), i: I };
const PERCENT = real(0.01);

function work(node: Node, run: Evaluation): Complex | undefined {
  switch (node.kind) {
    case "number":
      return real(toNumber(node.value));
    case "symbol":
      return run.values.get(node.name);
    case "constant":
      return CONSTANTS[node.name];
    case "text":
      return exactly(pseudoRandom(node.name.toLowerCase()));
    case "sum":
      return evaluateAll(node.parts, run)?.reduce(add);
    case "product":
      return evaluateAll(node.parts, run)?.reduce(multiply);
    case "power":
      return evaluatePower(...node.parts, run);
    case "percent": {
      const value = evaluate(node.parts[0], run);
      return value && multiply(value, PERCENT);
    }
    case "ratio": {
      const [top, bottom, other] = evaluateAll(node.parts, run) ?? [];
      return top && bottom && !other ? divide(top, bottom) : undefined;
    }
    case "call":
      return evaluateCall(node.name, node.parts, run);
    case "big":
      return evaluateBig(node, run, evaluate);
    case "cases":
      for (const { parts } of node.parts) {
        const [value, condition] = parts;
        if (value && (condition?.kind !== "relation" || holds(condition, run) === true)) return evaluate(value, run);
      }
      return undefined;
    default:
      return undefined;
  }
}

function evaluatePower(base: Node, exponent: Node, run: Evaluation): Complex | undefined {
  const value = evaluate(base, run);
  if (value === undefined) return undefined;
  if (isMinusOne(exponent)) return inverse(value);
  const rational = exact(exponent);
  const raised = rational ? exactly(toNumber(rational)) : evaluate(exponent, run);
  if (raised === undefined) return undefined;
  if (base.kind === "constant" && base.name === "e") return exp(raised);
  if (rational && value.im === 0 && value.re < 0) {
    const { numerator, denominator } = rational;
    const isOddRoot = denominator > 1n && denominator % 2n === 1n;
    run.metRoot ||= isOddRoot;
    if (isOddRoot && run.realRoots) {
      const positive = power(negate(value), raised);
      return numerator % 2n === 0n ? positive : negate(positive);
    }
  }
  return power(value, raised);
}

/** The orders of its sides for which a sign holds; 2 is that of complex numbers. */
const ORDERS: Readonly<Record<string, readonly number[]>> = {
  "=": [0],
  "≡": [0],
  "≠": [-1, 1, 2],
  "<": [-1],
  ">": [1],
  "≤": [-1, 0],
  "≥": [1, 0],
};

/** Whether a relation holds; undefined where a side has no value. Beyond the last number there is infinity. */
export function holds({ name, parts }: Relation, run: Evaluation): boolean | undefined {
  const values = parts.map((part) => evaluate(part, run) ?? exactly(infinite(part) ?? Number.NaN));
  for (const [index, sign] of [...name].entries()) {
    const [left = ZERO, right = ZERO] = values.slice(index);
    if (Number.isNaN(left.re + right.im) || Number.isNaN(right.re)) return undefined;
    const gap = Math.max(left.error + right.error, 1e-12 * Math.min(magnitude(left), magnitude(right)));
    const equal = Math.abs(left.re - right.re) <= gap && Math.abs(left.im - right.im) <= gap;
    const isReal = Math.abs(left.im) <= gap && Math.abs(right.im) <= gap;
    const order = equal ? 0 : isReal ? Math.sign(left.re - right.re) : 2;
    if (ORDERS[sign]?.includes(order) === false) return false;
  }
  return true;
}

function evaluateCall(name: string, parameters: readonly Node[], run: Evaluation): Complex | undefined {
  const [first] = parameters;
  if (first?.kind === "matrix") {
    const rows = first.parts.map(({ parts }) => evaluateAll(parts, run));
    const isSquare = rows.every((row) => row?.length === rows.length);
    const of = name === "tr" ? trace : name === "det" || name === "abs" ? determinant : undefined;
    if (of) return isSquare ? of(rows as Complex[][]) : undefined;
  }
  const complexFunction = COMPLEX_FUNCTIONS.get(name);
  const realFunction = REAL_FUNCTIONS.get(name);
  const isKnown = complexFunction !== undefined || realFunction !== undefined || name === "log";
  const values = evaluateAll(parameters, run);
  const [a, b] = values ?? [];
  if (values === undefined || a === undefined) return isKnown ? undefined : unknownFunction(name, parameters, run);
  if (complexFunction && b === undefined) return complexFunction(a);
  if (name === "log" || name === "ln") return divide(log(a), log(b ?? exactly(10)));
  if (realFunction) {
    if (values.some(({ im }) => im !== 0)) return undefined;
    // What jumps or grows fast has no simple slope: its error is its argument's, scaled.
    const value = realFunction(a.re, ...values.slice(1).map(({ re }) => re));
    const growth = name === "factorial" || name === "gamma" ? Math.abs(value) * 6 : 1;
    return real(value, Math.abs(value) * 1e-13 + Math.max(...values.map(({ error }) => error)) * growth);
  }
  return unknownFunction(name, parameters, run);
}

/** f(a, b): a smooth function that only the name decides. Equal arguments give equal values, and others hardly ever. */
function unknownFunction(name: string, parameters: readonly Node[], run: Evaluation): Complex {
  const sin = COMPLEX_FUNCTIONS.get("sin") ?? ((value) => value);
  return parameters.reduce<Complex>(
    (total, parameter, index) => {
      const value = evaluate(parameter, run) ?? exactly(pseudoRandom(key(parameter)));
      const scaled = multiply(value, exactly(pseudoRandom(`${name}#${index}`)));
      return add(total, add(scaled, sin(scaled)));
    },
    exactly(pseudoRandom(`${name}/${parameters.length}`)),
  );
}
